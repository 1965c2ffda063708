package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.identity.SpiffeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The authority's directory in the hands of several processes, and of one that cannot write. */
final class CertsProcessIT {
  private static final int ROUNDS = 3;

  @TempDir
  private Path directory;

  private Path authority;

  @BeforeEach
  void init() {
    authority = directory.resolve("certs");
    CommandRun run =
        CommandRun.today("certs", "init", "--dir=" + authority, "--trust-domain=example.org");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void processesThatIssueAtOnceLoseNothing() throws Exception {
    List<String> names = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      String one = "one-" + round;
      String two = "two-" + round;
      names.addAll(List.of(one, two));
      try (ServeProcess first = start(List.of(), one);
          ServeProcess second = start(List.of(), two)) {
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(second.exitCode()).as(second.err()).isZero();
      }
    }

    assertThat(list())
        .extracting(line -> line.substring(0, line.indexOf(' ')))
        .containsExactlyInAnyOrderElementsOf(names);
    for (String name : names) {
      try (KeyMaterial material = KeyMaterial.watching(authority.resolve(name), Role.SERVER)) {
        assertThat(material.credential().names().toString())
            .contains(SpiffeId.parse("spiffe://example.org/" + name).toString());
      }
    }
  }

  @Test
  void issuingWithoutRoomForTheFilesSaysSoAndCanBeRepeated() throws Exception {
    List<String> littleRoom = List.of("/bin/sh", "-c", "ulimit -f 1 && exec \"$@\"", "sh");
    try (ServeProcess full = start(littleRoom, "a")) {
      assertThat(full.exitCode()).as(full.err()).isEqualTo(3);
      assertThat(full.err())
          .startsWith("countersign: error: ")
          .contains(authority.toString(), "File too large")
          .doesNotContain("a bug of ours");
    }
    assertThat(list()).isEmpty();
    try (Stream<Path> all = Files.walk(authority)) {
      assertThat(all.filter(Files::isRegularFile).map(Path::toString))
          .noneMatch(file -> file.contains(".tmp"))
          .noneMatch(file -> file.contains("tls."));
    }

    try (ServeProcess again = start(List.of(), "a")) {
      assertThat(again.exitCode()).as(again.err()).isZero();
    }
    assertThat(list()).hasSize(1);
    KeyMaterial.watching(authority.resolve("a"), Role.SERVER).close();
  }

  private List<String> list() {
    CommandRun run = CommandRun.today("certs", "list", "--dir=" + authority);
    assertThat(run.err()).isEmpty();
    return run.out().lines().toList();
  }

  private ServeProcess start(List<String> shell, String name) throws Exception {
    List<String> words = new ArrayList<>(shell);
    words.addAll(ServeProcess.java(
        List.of("-XX:-UsePerfData"),
        List.of(
            "certs",
            "issue",
            "--dir=" + authority,
            "--name=" + name,
            "--spiffe=spiffe://example.org/" + name)));
    return ServeProcess.start(Files.createTempDirectory(directory, "run"), words);
  }
}
