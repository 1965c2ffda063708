package dev.countersign.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.groups.Tuple.tuple;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.countersign.identity.Principal;
import dev.countersign.policy.PolicyProblem.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyToolsTest {
  private static final Principal WEB = Principal.parse("spiffe://example.org/web");
  private static final Principal OTHER = Principal.parse("other.example");
  private static final List<String> METHODS = List.of("/a.S/Get", "/a.S/Set", "/b.T/<Run>");
  private static final Policy POLICY = Policies.parse("""
      {"name": "shop",
       "allow_rules": [
         {"name": "read", "source": {"principals": ["spiffe://example.org/*"]}, "request": {"paths": ["/a.S/Get"]}},
         {"name": "write", "source": {"principals": ["spiffe://example.org/web"]}, "request": {
            "paths": ["/a.S/Set"], "headers": [{"key": "X-Ticket", "values": ["CHG-*"]}]}}],
       "deny_rules": [{"name": "never", "request": {"paths": ["/b.T/*"]}}]}
      """);

  @Test
  void explainsForEachRuleThePartThatDoesNotMatch() {
    Explanation explanation = Explanation.of(
        POLICY, List.of(WEB), "/a.S/Set", key -> key.equals("x-ticket") ? "X" : null);

    assertThat(explanation.decision().allowed()).isFalse();
    assertThat(explanation.rules())
        .extracting(Explanation.RuleVerdict::rule)
        .containsExactly("never", "read", "write");
    assertThat(explanation.rules().get(2).mismatches())
        .containsExactly("header \"x-ticket\" is \"X\", which matches none of \"CHG-*\"");
    assertThat(explanation.text())
        .startsWith("no rule of policy \"shop\" matches")
        .contains(
            "allow_rules \"read\": does not match: path \"/a.S/Set\" matches none of \"/a.S/Get\"");
  }

  @Test
  void explainsAsJsonWithTheDecidingRule() {
    JsonObject json = json(
        Explanation.of(POLICY, List.of(WEB), "/a.S/Get", RequestHeaders.NONE).json());

    assertThat(json.get("allowed").getAsBoolean()).isTrue();
    assertThat(json.get("list").getAsString()).isEqualTo("allow_rules");
    assertThat(json.get("rule").getAsString()).isEqualTo("read");
    assertThat(json.get("reason").getAsString()).contains("allow_rules rule \"read\"");
  }

  @Test
  void explainsANoRuleDecisionWithNullInJson() {
    JsonObject json = json(
        Explanation.of(POLICY, List.of(OTHER), "/a.S/Get", RequestHeaders.NONE).json());

    assertThat(json.get("allowed").getAsBoolean()).isFalse();
    assertThat(json.get("list").isJsonNull()).isTrue();
    assertThat(json.get("rule").isJsonNull()).isTrue();
  }

  @Test
  void runsCasesAndSaysWhatTheyLeaveOut() {
    PolicyTestReport report = tests("""
        {"cases": [
          {"name": "reads", "principal": "spiffe://example.org/web", "path": "/a.S/Get", "allowed": true, "rule": "read"},
          {"name": "with ticket", "principal": "spiffe://example.org/web", "path": "/a.S/Set",
           "headers": {"X-Ticket": ["CHG-1"]}, "allowed": true},
          {"name": "stranger", "principal": "other.example", "path": "/a.S/Get", "allowed": false, "rule": null}]}
        """).run(POLICY, METHODS);

    assertThat(report.passed()).isTrue();
    assertThat(report.rulesWithoutCase()).containsExactly("deny_rules \"never\"");
    assertThat(report.methodsWithoutCase()).containsExactly("/b.T/<Run>");
    assertThat(report.text()).contains("3 of 3 cases passed", "2 of 3 rules covered");
    assertThat(json(report.json()).get("ok").getAsBoolean()).isTrue();
  }

  @Test
  void failsACaseByItsVerdictAndByItsRule() {
    PolicyTestReport report = tests("""
        {"cases": [
          {"name": "verdict", "principal": "spiffe://example.org/web", "path": "/a.S/Get", "allowed": false},
          {"name": "rule", "principal": "spiffe://example.org/web", "path": "/a.S/Get", "allowed": true, "rule": "write"},
          {"name": "no rule", "principal": "spiffe://example.org/web", "path": "/b.T/X", "allowed": false, "rule": null}]}
        """).run(POLICY, List.of());

    assertThat(report.results()).extracting(PolicyTestReport.Result::passed).containsOnly(false);
    assertThat(report.passed()).isFalse();
    assertThat(report.text())
        .contains("FAIL  \"rule\": expected allowed by rule \"write\", found allowed: allowed by");
  }

  @Test
  void refusesATableOfCasesThatIsNotExact() {
    PolicyException refused = catchThrowableOfType(PolicyException.class, () -> tests("""
        {"cases": [
          {"name": "a", "principal": "not a name", "path": "S/M", "allowed": "yes"},
          {"name": "a", "principal": "b.example", "pth": "/S/M", "allowed": null,
           "headers": {"K": ["v"], "k": []}}]}
        """));

    assertThat(refused.problems())
        .extracting(PolicyProblem::reason)
        .containsExactly(
            Reason.BAD_VALUE,
            Reason.BAD_VALUE,
            Reason.WRONG_TYPE,
            Reason.MISSING_KEY,
            Reason.DUPLICATE_NAME,
            Reason.UNKNOWN_KEY,
            Reason.NULL_VALUE,
            Reason.EMPTY,
            Reason.DUPLICATE_KEY);
  }

  @Test
  void showsWhoMayCallWhat() {
    PolicyMatrix matrix = PolicyMatrix.of(POLICY, List.of(WEB, OTHER), METHODS);

    assertThat(matrix.rows())
        .extracting(row -> row.stream().map(PolicyMatrix.Cell::verdict).toList())
        .containsExactly(
            List.of(
                PolicyMatrix.Verdict.ALLOWED,
                PolicyMatrix.Verdict.DEPENDS_ON_HEADERS,
                PolicyMatrix.Verdict.DENIED),
            List.of(
                PolicyMatrix.Verdict.DENIED,
                PolicyMatrix.Verdict.DENIED,
                PolicyMatrix.Verdict.DENIED));
    assertThat(matrix.text()).contains("/a.S/Set     hdr     -");
    assertThat(json(matrix.json()).getAsJsonArray("cells")).hasSize(6);
  }

  @Test
  void makesAPageThatLoadsNothingAndEscapesWhatItShows() {
    String page = PolicyMatrix.of(POLICY, List.of(WEB, OTHER), METHODS).html();

    assertThat(page)
        .contains("&lt;Run&gt;", "<small>read</small>", "default-src 'none'")
        .doesNotContain("<Run>", "{{", "<script", "http://", "https://", "url(");
  }

  @Test
  void findsTheDecisionsThatChange() {
    Policy after = Policies.parse("""
        {"name": "shop",
         "allow_rules": [
           {"name": "read", "source": {"principals": ["spiffe://example.org/*", "other.example"]},
            "request": {"paths": ["/a.S/Get"]}}],
         "deny_rules": [{"name": "never", "request": {"paths": ["/b.T/*"]}}]}
        """);

    PolicyDiff diff = PolicyDiff.between(POLICY, after);

    assertThat(diff.complete()).isTrue();
    assertThat(diff.changes())
        .extracting(
            PolicyDiff.Change::principal, PolicyDiff.Change::path, PolicyDiff.Change::headers)
        .containsExactlyInAnyOrder(
            tuple("other.example", "/a.S/Get", Map.of()),
            tuple(WEB.name(), "/a.S/Set", Map.of("x-ticket", "CHG-")));
    assertThat(diff.text()).contains("now allowed: \"other.example\" calls \"/a.S/Get\"");
    assertThat(json(diff.json()).getAsJsonArray("changes")).hasSize(2);
    assertThat(PolicyDiff.between(POLICY, POLICY).changes()).isEmpty();
  }

  @Test
  void warnsOfWhatIsProbablyNotMeant() {
    Policy policy = Policies.parse("""
        {"name": "p", "allow_rules": [
          {"name": "wide", "source": {"principals": ["spiffe://example.org/*"]}, "request": {"paths": ["/a.S/*"]}},
          {"name": "covered", "source": {"principals": ["spiffe://example.org/web"]}, "request": {"paths": ["/a.S/Get", "/a.S/Se*"]}},
          {"name": "odd", "source": {"principals": ["spiffe://*.org", "no peer"]}, "request": {"paths": ["a.S/Get"]}}]}
        """);

    assertThat(PolicyWarnings.of(policy, List.of(WEB, OTHER)))
        .satisfiesExactly(
            w -> assertThat(w)
                .isEqualTo(
                    "allow_rules rule \"covered\" can never decide: rule \"wide\" decides earlier"),
            w -> assertThat(w).contains("\"odd\"", "star is a literal character"),
            w -> assertThat(w).contains("\"odd\"", "no peer can have: \"no peer\""),
            w -> assertThat(w).contains("\"odd\"", "no request can have: \"a.S/Get\""),
            w -> assertThat(w).contains("no allow rule names principal \"other.example\""));
    assertThat(PolicyWarnings.of(POLICY, List.of(WEB))).isEmpty();
  }

  private static PolicyTests tests(String json) {
    return PolicyTests.parse("cases.json", json.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }
}
