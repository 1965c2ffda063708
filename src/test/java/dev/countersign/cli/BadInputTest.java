package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong about the surroundings of a command is named, and nothing is half-done. */
final class BadInputTest {
  private static final String POLICY = """
      {"name": "p", "allow_rules": [{"name": "a",
        "source": {"principals": ["spiffe://example.org/a"]}}]}
      """;

  @TempDir
  private Path directory;

  private Path certs;
  private Path policy;

  @BeforeEach
  void baseline() throws Exception {
    certs = directory.resolve("certs");
    policy = Files.writeString(directory.resolve("policy.json"), POLICY);
    assertThat(CommandRun.of("certs", "init", "--dir=" + certs, "--trust-domain=example.org")
            .exitCode())
        .isZero();
    assertThat(issue("a", "spiffe://example.org/a").exitCode()).isZero();
  }

  @Test
  void authorityOfAnotherTrustDomainIssuesNothing() {
    CommandRun run = issue("b", "spiffe://other.example/b");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("\"b\"", "\"other.example\"", "example.org");
    assertThat(certs.resolve("b")).doesNotExist();
  }

  @Test
  void inventoryOfAnotherTrustDomainChangesNothing() throws Exception {
    Path inventory = Files.writeString(directory.resolve("pki.yaml"), """
        trust_domain: other.example
        identities:
          - {name: b, spiffe: spiffe://other.example/b}
        """);

    CommandRun run = CommandRun.of("certs", "apply", inventory.toString(), "--dir=" + certs);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("other.example", "example.org");
    assertThat(certs.resolve("b")).doesNotExist();
  }

  @Test
  void secondInitKeepsTheAuthority() throws Exception {
    byte[] before = Files.readAllBytes(certs.resolve("a/ca.crt"));

    CommandRun run = CommandRun.of("certs", "init", "--dir=" + certs, "--trust-domain=example.org");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains(certs.toString(), "already");
    assertThat(issue("c", "spiffe://example.org/c").exitCode()).isZero();
    assertThat(certs.resolve("c/ca.crt")).hasBinaryContent(before);
  }

  @Test
  void matrixWarnsOfAPrincipalThatMayCallNothing() {
    CommandRun fine = matrix("spiffe://example.org/a");
    CommandRun warned = matrix("spiffe://example.org/b");

    assertThat(fine.err()).isEmpty();
    assertThat(warned.exitCode()).isZero();
    assertThat(warned.err())
        .isEqualTo("countersign: warning: principal \"spiffe://example.org/b\" may call none of"
            + " these methods: no rule of policy \"p\" allows it\n");
  }

  @Test
  void doctorTellsProblemsInTheShapeThatOtherProgramsRead() throws Exception {
    CommandRun good = doctor(policy);
    CommandRun bad = doctor(directory.resolve("none.json"));

    assertThat(good.exitCode()).isZero();
    assertThat(keys(good.out())).containsExactly("transport", "reason", "evidence", "problems");
    assertThat(good.out()).startsWith("{\"transport\":\"mtls\",").endsWith("\"problems\":[]}\n");
    assertThat(good.out())
        .containsPattern(
            "\\{\"check\":\"files\",\"found\":\"[^\"]+\",\"millis\":\\d+,\"means\":\"[^\"]+\"}");
    assertThat(bad.exitCode()).isEqualTo(1);
    assertThat(keys(bad.out())).containsExactly("transport", "reason", "evidence", "problems");
    assertThat(bad.out()).contains("none.json");
  }

  @ParameterizedTest
  @CsvSource({
    "call --targt x, --target",
    "doctor --polcy x, --policy",
    "certs issue --spife x, --spiffe",
    "certs init --trust-domian x, --trust-domain",
    "policy matrix --principl x, --principal",
    "probe --admn x, --admin"
  })
  void unknownFlagsNameTheNearest(String line, String nearest) {
    CommandRun run = CommandRun.of(line.split(" ", -1));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("hint: did you mean \"" + nearest + "\"?");
  }

  private CommandRun issue(String name, String spiffe) {
    return CommandRun.of(
        "certs", "issue", "--dir=" + certs, "--name=" + name, "--spiffe=" + spiffe);
  }

  private CommandRun matrix(String principal) {
    return CommandRun.of("policy", "matrix", policy.toString(), "--principal=" + principal);
  }

  private CommandRun doctor(Path policyFile) {
    return CommandRun.of(
        "doctor", "--identity=" + certs.resolve("a"), "--policy=" + policyFile, "--format=json");
  }

  /** The keys of the outermost object, in order. */
  private static List<String> keys(String json) throws Exception {
    List<String> keys = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        keys.add(parser.currentName());
        parser.nextToken();
        parser.skipChildren();
      }
    }
    return keys;
  }
}
