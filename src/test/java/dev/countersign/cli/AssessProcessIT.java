package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command against a server in a process of its own. */
final class AssessProcessIT {
  @TempDir
  private Path directory;

  @Test
  void findsNothingInAServerOfOursAndSomethingWhereTheDeniedIdentityIsTheAllowedOne()
      throws Exception {
    ServedIdentities served = ServedIdentities.in(directory);
    Path run = directory.resolve("run");
    try (ServeProcess server =
        ServeProcess.start(run, ServeProcess.java(List.of(), served.serve(run)))) {
      String target = server.ready().target();
      Path page = directory.resolve("report.html");

      CommandRun clean = assess(target, served, "viewer", "--format=html", "--out=" + page);
      CommandRun wrong = assess(target, served, "operator", "--format=json");

      assertThat(clean.exitCode()).as(clean.out() + clean.err()).isZero();
      assertThat(clean.out()).contains("no findings").doesNotContain("\u001b");
      assertThat(clean.err()).contains("a check that loads the target");
      assertThat(Files.readString(page)).contains("Nothing found");
      assertThat(wrong.exitCode()).isEqualTo(1);
      JsonObject json = JsonParser.parseString(wrong.out()).getAsJsonObject();
      assertThat(json.getAsJsonArray("findings").toString()).contains("\"denied-identity\"");
      assertThat(json.getAsJsonArray("not_run").toString()).contains("it needs --ca-dir");
    }
  }

  @Test
  void exitsThreeWhereNobodyAnswers() throws Exception {
    ServedIdentities served = ServedIdentities.in(directory);

    CommandRun run = assess("127.0.0.1:1", served, "viewer");

    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).contains("does not answer the allowed identity's call");
  }

  @Test
  void altsNeedsAHandshakerThatAnswers() {
    CommandRun run = CommandRun.of(
        "assess",
        "--target=127.0.0.1:1",
        "--transport=alts",
        "--insecure-alts-emulator=127.0.0.1:1");

    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).contains("NO SECURITY", "ALTS is unavailable");
  }

  private static CommandRun assess(
      String target, ServedIdentities served, String denied, String... more) {
    String[] words = {
      "assess",
      "--target=" + target,
      "--transport=mtls",
      "--identity=" + served.identity("operator"),
      "--denied-identity=" + served.identity(denied),
      "--only=denied-identity",
      "--only=rapid-reset",
      "--only=expired"
    };
    String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return CommandRun.today(all);
  }
}
