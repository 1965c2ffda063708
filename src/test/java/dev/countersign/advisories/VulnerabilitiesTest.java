package dev.countersign.advisories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Known vulnerabilities are found where they are, and only there; what is shipped has none. */
final class VulnerabilitiesTest {
  private static final Path OURS = Path.of("src/test/resources/advisories");
  private static final Instant NOW = Instant.parse("2026-12-02T00:00:00Z");

  @TempDir
  private Path directory;

  @ParameterizedTest
  @CsvSource({
    "4.2.16.Final, true",
    "4.2.17.RC1, true",
    "4.2.9.Final, true",
    "4.1.140.Final, true",
    "4.2.17.Final, false",
    "4.2.19.Final, false",
    "4.10.0.Final, false"
  })
  void findsTheVersionsBelowTheFloorInTheOrderOfMaven(String version, boolean found)
      throws IOException {
    Component netty = new Component("io.netty:netty-codec-http2", version, "a.jar");

    assertThat(report(List.of(netty), OURS)).startsWith((found ? 1 : 0) + "\n");
    assertThat(report(List.of(netty), OURS).contains("CVE-2026-33871: " + netty))
        .isEqualTo(found);
  }

  @ParameterizedTest
  @CsvSource({
    "0.9, false",
    "1.0-rc1, false",
    "1.0, true",
    "1.9, true",
    "1.10, false",
    "2.0, false",
    "2.1, true",
    "2.5, true",
    "2.5.1, false",
    "3.0, false",
    "3.0.0-special, true"
  })
  void readsRangesWithSeveralEvents(String version, boolean found) throws IOException {
    Files.writeString(directory.resolve("a.json"), """
        {"id": "A", "modified": "2026-11-30T00:00:00Z", "affected": [
          {"package": {"ecosystem": "PyPI", "name": "g:a"},
           "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]},
          {"package": {"ecosystem": "Maven", "name": "g:a"}, "versions": ["3.0.0-special"],
           "ranges": [{"type": "ECOSYSTEM", "events": [
             {"introduced": "1.0"}, {"fixed": "1.10"}, {"introduced": "2.1"},
             {"last_affected": "2.5"}]},
             {"type": "GIT", "events": [{"introduced": "0"}]}]}]}
        """);

    Component asked = new Component("g:a", version, "a.jar");
    assertThat(report(List.of(asked), directory)).startsWith((found ? 1 : 0) + "\n");
    Component other = new Component("g:b", version, "a.jar");
    assertThat(report(List.of(other), directory)).startsWith("0\n");
  }

  @Test
  void saysWhichDataAndHowOld() throws IOException {
    assertThat(report(List.of(), OURS))
        .contains("advisories in " + OURS, "2026-11-22T00:00:00Z (10 days old)")
        .contains("0 components, 0 known vulnerabilities");
  }

  @Test
  void withdrawnAdvisoriesDoNotCountAndNoDataIsAnError() throws IOException {
    assertThatThrownBy(() -> report(List.of(), directory)).hasMessageContaining("no advisories");

    Files.writeString(
        directory.resolve("a.json"),
        "{\"id\":\"A\",\"modified\":\"2026-11-30T00:00:00Z\",\"withdrawn\":\"2026-11-30T00:00:00Z\"}");
    assertThatThrownBy(() -> report(List.of(), directory)).hasMessageContaining("no advisories");
  }

  @Test
  void seesTheCopyOfNettyThatIsPackedIntoGrpc() throws Exception {
    CodeSource source = io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder.class
        .getProtectionDomain()
        .getCodeSource();
    Path shaded = Path.of(Objects.requireNonNull(source).getLocation().toURI());

    assertThat(Component.inside(shaded))
        .extracting(Component::name)
        .contains(
            "io.netty:netty-common",
            "io.netty:netty-codec-http2",
            "io.netty:netty-handler",
            "io.netty:netty-transport-classes-epoll")
        .doesNotContain("io.netty:netty-handler-ssl-ocsp");
    assertThat(report(Component.inside(shaded), OURS)).startsWith("0\n");
  }

  @Test
  void findsAnOldCopyInsideAFile() throws IOException {
    Path jar = jar("4.2.16.Final");
    assertThat(report(Component.inside(jar), OURS))
        .startsWith("1\n")
        .contains("CVE-2026-33871: io.netty:netty-codec-http2 4.2.16.Final in some.jar");
    assertThat(report(Component.inside(jar("4.2.17.Final")), OURS)).startsWith("0\n");
  }

  @Test
  void readsWhatMavenLists() throws IOException {
    Path jar = jar("4.2.17.Final");
    Path list = Files.writeString(
        directory.resolve("list"),
        "\nThe following files have been resolved:\n"
            + "   g:a:jar:1.0:compile:" + jar + " (optional) -- module a [auto]\n"
            + "   g:b:jar:linux-x86_64:2.0:runtime:" + jar + "\n");

    assertThat(Component.of(list))
        .contains(new Component("g:a", "1.0", "some.jar"), new Component("g:b", "2.0", "some.jar"));
  }

  private Path jar(String nettyVersion) throws IOException {
    Path jar = directory.resolve("some.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry("META-INF/x.io.netty.versions.properties"));
      out.write(("netty-common.version=" + nettyVersion).getBytes(StandardCharsets.ISO_8859_1));
      out.putNextEntry(new ZipEntry("x/io/netty/handler/codec/http2/A.class"));
    }
    return jar;
  }

  /** The exit code and what was said. */
  private static String report(List<Component> shipped, Path data) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code = Vulnerabilities.report(
        shipped, data, NOW, new PrintStream(out, true, StandardCharsets.UTF_8));
    return code + "\n" + out.toString(StandardCharsets.UTF_8);
  }
}
