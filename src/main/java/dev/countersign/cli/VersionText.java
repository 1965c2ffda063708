package dev.countersign.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version, the commit if the build knew it, and the JVM. */
final class VersionText implements IVersionProvider {

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {
      describe(read())
          + ", Java "
          + System.getProperty("java.version")
          + " ("
          + System.getProperty("os.name")
          + " "
          + System.getProperty("os.arch")
          + ")"
    };
  }

  static String describe(Properties build) {
    String version = "countersign " + build.getProperty("version", "unknown");
    String commit = build.getProperty("commit", "");
    return commit.isEmpty() || commit.startsWith("$") ? version : version + " (" + commit + ")";
  }

  private static Properties read() throws IOException {
    Properties build = new Properties();
    try (InputStream in = VersionText.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        build.load(in);
      }
    }
    return build;
  }
}
