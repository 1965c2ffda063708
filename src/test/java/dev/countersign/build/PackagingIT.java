package dev.countersign.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The two artifacts hold what they should, and the one that runs can load what it holds. */
final class PackagingIT {
  private static final Path LIBRARY = Path.of(property("countersign.jar"));
  private static final Path APPLICATION = Path.of(property("countersign.app"));
  private static final Pattern APPLICATION_ONLY =
      Pattern.compile("dev/countersign/(pki|assessment|demo|cli)/.*");

  @Test
  void libraryLeavesTheApplicationOut() throws IOException {
    List<String> names = namesIn(LIBRARY);
    assertThat(names)
        .contains("dev/countersign/identity/PeerIdentity.class", "META-INF/LICENSE")
        .noneMatch(name -> APPLICATION_ONLY.matcher(name).matches())
        .noneMatch(name -> name.endsWith(".class") && !name.startsWith("dev/countersign/"));
  }

  @Test
  void applicationHoldsEverything() throws IOException {
    assertThat(namesIn(APPLICATION))
        .containsAll(
            namesIn(LIBRARY).stream().filter(name -> !name.endsWith("/")).toList())
        .contains("dev/countersign/demo/routeguide/RouteGuideGrpc.class")
        .noneMatch(name -> name.endsWith("module-info.class"))
        .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|DSA|RSA|EC)"));
  }

  @Test
  void applicationSaysWhatItIs() throws IOException {
    try (JarFile jar = new JarFile(APPLICATION.toFile())) {
      assertThat(jar.getManifest().getMainAttributes().entrySet())
          .extracting(entry -> entry.getKey() + ": " + entry.getValue())
          .contains(
              "Main-Class: dev.countersign.cli.Main",
              "Multi-Release: true",
              "Enable-Native-Access: ALL-UNNAMED")
          .anyMatch(entry -> entry.startsWith("Implementation-Version: "));
    }
  }

  @Test
  void applicationNamesTheTransportsOfBothNettyCopies() throws IOException {
    try (JarFile jar = new JarFile(APPLICATION.toFile())) {
      ZipEntry services = jar.getEntry("META-INF/services/io.grpc.ServerProvider");
      assertThat(new String(jar.getInputStream(services).readAllBytes(), UTF_8).lines())
          .contains(
              "io.grpc.netty.NettyServerProvider",
              "io.grpc.netty.shaded.io.grpc.netty.NettyServerProvider");
    }
  }

  @Test
  void bothNettyCopiesLoadTheirNativeTlsFromTheApplication() throws Exception {
    Path tests = Path.of(
        PackagingIT.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Process java = new ProcessBuilder(
            Path.of(property("java.home"), "bin", "java").toString(),
            "-cp",
            APPLICATION + File.pathSeparator + tests,
            NativeTransports.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    String out = new String(java.getInputStream().readAllBytes(), UTF_8);
    assertThat(java.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(out.lines().skip(1).map(line -> line.split(" ", 3)))
        .extracting(words -> words[0] + " " + words[1] + " " + Path.of(words[2]).getFileName())
        .containsExactly(
            "plain true " + APPLICATION.getFileName(), "shaded true " + APPLICATION.getFileName());
  }

  private static List<String> namesIn(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(ZipEntry::getName).toList();
    }
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }
}
