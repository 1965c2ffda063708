package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class AssessCommandTest {
  private static final String[] TARGET = {
    "assess", "--target=127.0.0.1:1", "--transport=mtls", "--identity=no-such-directory"
  };

  @Test
  void listsWhatEachCheckTriesAndWhatIsSafe() {
    CommandRun run = CommandRun.of("assess", "--list");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("rapid-reset (protocol abuse, high)", "CVE-2023-44487")
        .containsSubsequence("no-certificate", "tries", "safe", "source");
  }

  @Test
  void needsATargetATransportAndAnIdentity() {
    assertUsage("a target is needed", "assess");
    assertUsage("the transport is needed", "assess", "--target=127.0.0.1:1");
    assertUsage("an identity is needed", "assess", "--target=127.0.0.1:1", "--transport=mtls");
  }

  @Test
  void attacksNoOtherMachineUnlessToldTwice() {
    assertUsage(
        "is not on this machine",
        "assess",
        "--target=192.0.2.1:443",
        "--transport=mtls",
        "--identity=any");
  }

  @Test
  void knowsItsChecksAndSuggestsTheNearest() {
    CommandRun run = CommandRun.of(with("--only=rapid-resets"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("there is no check \"rapid-resets\"", "\"rapid-reset\"");
  }

  @Test
  void eachReportHasItsFile() {
    assertUsage("do not pair", with("--format=html", "--format=junit"));
    assertUsage("do not pair", with("--out=a", "--out=b"));
  }

  @Test
  void anAbuseEndsBeforeItsCheckDoes() {
    assertUsage("--abuse-time may be 20s at most", with("--abuse-time=21s"));
    assertUsage("--abuse-time", with("--abuse-time=soon"));
  }

  @Test
  void takesAnIdentityInFilesAndAsksWhatIsSpoken() {
    CommandRun files = CommandRun.of(
        "assess", "--target=127.0.0.1:1", "--transport=auto", "--cert=c", "--key=k", "--trust=t");
    assertThat(files.exitCode()).isEqualTo(3);
    assertThat(files.err()).startsWith("countersign: error: target 127.0.0.1:1 does not answer");

    assertUsage(
        "an identity in files lacks --trust FILE",
        "assess",
        "--target=127.0.0.1:1",
        "--transport=mtls",
        "--cert=c",
        "--key=k");
    assertUsage(
        "--transport names an unknown transport: \"tls\"",
        "assess",
        "--target=127.0.0.1:1",
        "--transport=tls");
  }

  private static String[] with(String... more) {
    String[] all = java.util.Arrays.copyOf(TARGET, TARGET.length + more.length);
    System.arraycopy(more, 0, all, TARGET.length, more.length);
    return all;
  }

  private static void assertUsage(String problem, String... args) {
    CommandRun run = CommandRun.of(args);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(problem);
  }
}
