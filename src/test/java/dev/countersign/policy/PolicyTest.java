package dev.countersign.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class PolicyTest {
  private static final String PEER = "spiffe://example.org/a";

  @ParameterizedTest
  @CsvFileSource(resources = "/vectors/policy-decisions.csv", numLinesToSkip = 1)
  void decidesAsTheGrpcEnginesDo(
      String allow,
      String deny,
      String names,
      String path,
      String header,
      String verdict,
      String rule,
      String note) {
    Policy policy = Policies.of(allow, deny);
    List<String> peer = new ArrayList<>();
    if (names != null) {
      peer.addAll(List.of(names.replace("<empty>", "").split("\\|", -1)));
    }
    RequestHeaders headers = RequestHeaders.NONE;
    if (header != null) {
      String[] parts = header.split("=", 2);
      headers = key -> key.equals(parts[0]) ? parts[1] : null;
    }

    Decision decision = policy.prepareNames(peer, path).decide(headers);

    assertThat(decision.allowed()).as(note).isEqualTo(verdict.equals("allowed"));
    assertThat(decision.rule()).as(note).isEqualTo(rule);
  }

  @Test
  void namesTheFirstRuleInFileOrderAndDenyRulesBeforeAllowRules() {
    Policy policy = Policies.parse("""
        {"name": "p",
         "allow_rules": [{"name": "z"}, {"name": "a", "source": {"principals": ["%1$s"]}}],
         "deny_rules": [
           {"name": "y", "request": {"paths": ["/S/*"]}},
           {"name": "b", "source": {"principals": ["%1$s"]}, "request": {"paths": ["/S/M"]}}]}
        """.formatted(PEER));

    Decision denied = policy.prepareNames(List.of(PEER), "/S/M").decide(RequestHeaders.NONE);
    Decision allowed = policy.prepareNames(List.of(PEER), "/T/M").decide(RequestHeaders.NONE);

    assertThat(denied).isEqualTo(new Decision(false, RuleList.DENY_RULES, "y", "p"));
    assertThat(allowed).isEqualTo(new Decision(true, RuleList.ALLOW_RULES, "z", "p"));
    assertThat(denied.matchedRule()).isEqualTo("p_y");
    assertThat(denied.reason()).isEqualTo("denied by deny_rules rule \"y\" of policy \"p\"");
  }

  @Test
  void needsHeadersOnlyWhereTheyCanChangeTheDecisionOrItsRule() {
    Policy policy = Policies.parse("""
        {"name": "p", "allow_rules": [
          {"name": "plain", "request": {"paths": ["/S/Plain"]}},
          {"name": "tagged", "request": {
             "paths": ["/S/Plain", "/S/Tagged"], "headers": [{"key": "K", "values": ["a"]}]}}]}
        """);

    assertThat(policy.prepareNames(List.of(PEER), "/S/Plain").needsHeaders()).isFalse();
    assertThat(policy.prepareNames(List.of(PEER), "/S/Other").needsHeaders()).isFalse();
    PathDecision tagged = policy.prepareNames(List.of(PEER), "/S/Tagged");
    assertThat(tagged.needsHeaders()).isTrue();
    assertThat(tagged.decide(key -> key.equals("k") ? "a" : null).rule()).isEqualTo("tagged");
    assertThat(tagged.decide(RequestHeaders.NONE).allowed()).isFalse();
  }

  @Test
  void keepsAuditOptionsAsThePolicyHasThem() {
    Policy policy = Policies.parse("""
        {"name": "p", "allow_rules": [{"name": "r"}], "audit_logging_options": {
          "audit_condition": "ON_DENY", "audit_loggers": [
            {"name": "stdout_logger"},
            {"name": "mine", "config": {"a": [1, {"b": null}]}, "is_optional": true}]}}
        """);

    assertThat(policy.auditOptions())
        .isEqualTo(new AuditOptions(
            AuditOptions.Condition.ON_DENY,
            List.of(
                new AuditOptions.AuditLogger("stdout_logger", "{}", false),
                new AuditOptions.AuditLogger("mine", "{\"a\": [1, {\"b\": null}]}", true))));
    assertThat(AuditOptions.Condition.ON_DENY.records(false)).isTrue();
    assertThat(AuditOptions.Condition.ON_DENY.records(true)).isFalse();
    assertThat(AuditOptions.Condition.ON_ALLOW.records(true)).isTrue();
    assertThat(AuditOptions.Condition.ON_DENY_AND_ALLOW.records(false)).isTrue();
    assertThat(AuditOptions.Condition.NONE.records(false)).isFalse();
  }

  @Test
  void recordsNothingWithoutAuditOptions() {
    assertThat(Policies.of("{}", null).auditOptions()).isEqualTo(AuditOptions.NONE);
  }

  @Test
  void readsNamesOutsideLatinOneAndLongPolicies() {
    Policy policy = Policy.parse(
        "p.json",
        "{\"name\":\"\uD83D\uDE80\",\"allow_rules\":[{\"name\":\"\u6771\",\"request\":{\"paths\":[\"/\u6771/*\"]}}]}"
            .getBytes(StandardCharsets.UTF_8));

    Decision decision = policy.prepareNames(List.of(PEER), "/\u6771/M").decide(RequestHeaders.NONE);

    assertThat(decision)
        .isEqualTo(new Decision(true, RuleList.ALLOW_RULES, "\u6771", "\uD83D\uDE80"));
  }
}
