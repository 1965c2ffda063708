package dev.countersign.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.policy.PolicyProblem.Reason;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Scanner;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class PolicyReaderTest {
  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/policy-problems.csv", numLinesToSkip = 1)
  void refusesWithPlaceAndReason(
      String input, String verdict, String reason, String place, String path, String note) {
    byte[] utf8 = text(input).getBytes(StandardCharsets.UTF_8);

    if (verdict.equals("accept")) {
      assertThat(Policy.parse("p.json", utf8).name()).as(note).isNotEmpty();
    } else {
      PolicyProblem problem = refused(utf8).problems().get(0);
      assertThat(problem.reason()).as(note).isEqualTo(Reason.valueOf(reason));
      assertThat(problem.line() + ":" + problem.column()).as(note).isEqualTo(place);
      assertThat(problem.path()).as(note).isEqualTo(path);
    }
  }

  @Test
  void reportsEveryProblemInFileOrder() {
    PolicyException refused = refused("""
        {"name": "p",
         "allow_rules": [
           {"name": "a", "sourc": {}},
           {"source": {"principals": "x"}},
           {"name": "a", "request": {"headers": [{"key": "grpc-x", "values": []}]}}],
         "deny_rules": null}
        """);

    assertThat(refused.problems())
        .extracting(PolicyProblem::reason)
        .containsExactly(
            Reason.UNKNOWN_KEY,
            Reason.MISSING_KEY,
            Reason.WRONG_TYPE,
            Reason.DUPLICATE_NAME,
            Reason.FORBIDDEN_HEADER,
            Reason.EMPTY,
            Reason.NULL_VALUE);
    assertThat(refused).hasMessageStartingWith("""
        policy.json:3:18: allow_rules[0] "a" has unknown key "sourc" (known: name, source, request); \
        did you mean "source"?
        policy.json:4:4: allow_rules[1] lacks "name"
        policy.json:4:30: allow_rules[1].source.principals is a string (expected an array)
        """);
  }

  @Test
  void keepsWhatFollowsABadValueInItsPlace() {
    PolicyException refused = refused("""
        {"name": {"deep": [1, {"x": 2}]}, "allow_rules": [7, {"name": "r", "request": {"paths": [[], ""]}}],
         "x": 1}""");

    assertThat(refused.problems())
        .extracting(PolicyProblem::path)
        .containsExactly("$.name", "$.allow_rules[0]", "$.allow_rules[1].request.paths[0]", "$.x");
  }

  @Test
  void refusesBytesThatAreNotUtf8AtTheirPlace() {
    byte[] bytes = "{\"name\":\n \"p\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);

    PolicyProblem problem = refused(bytes).problems().get(0);

    assertThat(problem.reason()).isEqualTo(Reason.NOT_UTF8);
    assertThat(problem.line()).isEqualTo(2);
    assertThat(problem.column()).isEqualTo(4);
  }

  @Test
  void refusesAFileCutInTheMiddleOfACharacter() {
    byte[] whole = "{\"name\":\"\u00e9".getBytes(StandardCharsets.UTF_8);

    PolicyProblem problem =
        refused(Arrays.copyOf(whole, whole.length - 1)).problems().get(0);

    assertThat(problem.reason()).isEqualTo(Reason.NOT_UTF8);
  }

  @Test
  void refusesNestingAndTokensBeyondAnyRealPolicy() {
    String deep = "{\"name\":\"p\",\"allow_rules\":" + "[".repeat(100);
    String wide = "{\"name\":\"" + "n".repeat(70_000) + "\"}";

    assertThat(refused(deep).problems())
        .extracting(PolicyProblem::reason)
        .contains(Reason.TOO_LARGE);
    assertThat(refused(wide).problems())
        .extracting(PolicyProblem::reason)
        .containsExactly(Reason.TOO_LARGE);
  }

  @Test
  void printsWhatItFoundWithoutControlCharacters() {
    PolicyException refused = refused("{\"na\\u001b[31mme\": 1}");

    assertThat(refused.getMessage()).contains("\\u001b").doesNotContain("\u001b");
  }

  @Test
  void tellsEveryReason() throws IOException {
    Set<Reason> inTable = EnumSet.of(Reason.NOT_UTF8, Reason.TOO_LARGE);
    try (Reader in = new InputStreamReader(
            Objects.requireNonNull(getClass().getResourceAsStream("/vectors/policy-problems.csv")),
            StandardCharsets.UTF_8);
        Scanner lines = new Scanner(in)) {
      while (lines.hasNextLine()) {
        String line = lines.nextLine();
        Arrays.stream(Reason.values())
            .filter(reason -> line.contains("," + reason.name() + ","))
            .forEach(inTable::add);
      }
    }
    assertThat(inTable).containsExactlyInAnyOrder(Reason.values());
  }

  /** In the table {@code '} stands for a quotation mark and {@code ~} for a whole rule list. */
  private static String text(String input) {
    return input
        .replace("~", "'name':'p','allow_rules':[{'name':'r'}]")
        .replace('\'', '"')
        .replace("<BOM>", "\uFEFF")
        .replace("<EMPTY>", "")
        .replace("<NL>", "\n");
  }

  private static PolicyException refused(String json) {
    return refused(json.getBytes(StandardCharsets.UTF_8));
  }

  private static PolicyException refused(byte[] utf8) {
    PolicyException refused =
        catchThrowableOfType(PolicyException.class, () -> Policy.parse("policy.json", utf8));
    assertThat(refused).isNotNull();
    return refused;
  }
}
