package dev.countersign.advisories;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * One thing that is shipped.
 *
 * @param name group and artifact, with a colon between them
 * @param version its version
 * @param where the file that it is in
 */
record Component(String name, String version, String where) implements Comparable<Component> {
  /** What a copy of Netty whose classes were moved consists of; its properties name only one of its parts. */
  private static final Map<String, String> NETTY = Map.ofEntries(
      Map.entry("io/netty/buffer/", "netty-buffer"),
      Map.entry("io/netty/channel/", "netty-transport"),
      Map.entry("io/netty/channel/epoll/", "netty-transport-classes-epoll"),
      Map.entry("io/netty/channel/unix/", "netty-transport-native-unix-common"),
      Map.entry("io/netty/handler/codec/", "netty-codec-base"),
      Map.entry("io/netty/handler/codec/compression/", "netty-codec-compression"),
      Map.entry("io/netty/handler/codec/http/", "netty-codec-http"),
      Map.entry("io/netty/handler/codec/http2/", "netty-codec-http2"),
      Map.entry("io/netty/handler/codec/socksx/", "netty-codec-socks"),
      Map.entry("io/netty/handler/proxy/", "netty-handler-proxy"),
      Map.entry("io/netty/handler/ssl/", "netty-handler"),
      Map.entry("io/netty/handler/ssl/ocsp/", "netty-handler-ssl-ocsp"),
      Map.entry("io/netty/resolver/", "netty-resolver"));

  /**
   * What a class path ships: each file as Maven lists it ({@code group:artifact:type:version:scope:path}, perhaps with
   * a classifier before the version), and what is packed into it.
   */
  static List<Component> of(Path dependencyList) throws IOException {
    TreeSet<Component> found = new TreeSet<>();
    for (String line : Files.readAllLines(dependencyList)) {
      // What follows the path tells the name of its module, and that the library can do without it.
      String file = line.strip().split(" -- ", 2)[0].replaceFirst(" \\(optional\\)$", "");
      String[] parts = file.split(":", -1);
      if (parts.length < 6) {
        continue;
      }
      Path jar = Path.of(parts[parts.length - 1]);
      found.add(new Component(
          parts[0] + ":" + parts[1], parts[parts.length - 3], String.valueOf(jar.getFileName())));
      found.addAll(inside(jar));
    }
    return List.copyOf(found);
  }

  /** What says in a file that it was packed into it, by Maven's properties or by Netty's. */
  static List<Component> inside(Path jar) throws IOException {
    List<Component> found = new ArrayList<>();
    String where = String.valueOf(jar.getFileName());
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        if (entry.getName().matches("META-INF/maven/.+/pom\\.properties")) {
          Properties properties = read(zip, entry);
          found.add(new Component(
              properties.getProperty("groupId") + ":" + properties.getProperty("artifactId"),
              properties.getProperty("version"),
              where));
        } else if (entry.getName().matches("META-INF/(.+\\.)?io\\.netty\\.versions\\.properties")) {
          netty(zip, read(zip, entry), found, where);
        }
      }
    }
    return found;
  }

  private static void netty(
      ZipFile zip, Properties properties, List<Component> found, String where) {
    for (String key : properties.stringPropertyNames()) {
      if (key.endsWith(".version")) {
        String version = properties.getProperty(key);
        found.add(new Component("io.netty:" + key.replace(".version", ""), version, where));
        NETTY.forEach((directory, module) -> {
          if (zip.stream().anyMatch(entry -> isClassIn(entry.getName(), directory))) {
            found.add(new Component("io.netty:" + module, version, where));
          }
        });
      }
    }
  }

  private static boolean isClassIn(String name, String directory) {
    int at = name.lastIndexOf('/');
    return name.endsWith(".class") && name.substring(0, at + 1).endsWith(directory);
  }

  private static Properties read(ZipFile zip, ZipEntry entry) throws IOException {
    Properties properties = new Properties();
    properties.load(zip.getInputStream(entry));
    return properties;
  }

  @Override
  public int compareTo(Component other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return name + " " + version + " in " + where;
  }
}
