package dev.countersign.policy;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.countersign.policy.PolicyTests.Case;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What came of a table of policy tests, and what it left out.
 *
 * @param results one for each case, in file order
 * @param ruleCount how many rules the policy has
 * @param rulesWithoutCase the rules that decided no case, as {@code allow_rules "name"}
 * @param methodCount how many methods were asked about
 * @param methodsWithoutCase the methods that no case calls
 */
public record PolicyTestReport(
    List<Result> results,
    int ruleCount,
    List<String> rulesWithoutCase,
    int methodCount,
    List<String> methodsWithoutCase) {

  /**
   * One case and what was decided.
   *
   * @param test the case
   * @param decision the policy's decision
   */
  public record Result(Case test, Decision decision) {
    /** Whether the decision, and the deciding rule if the case has one, are as expected. */
    public boolean passed() {
      return test.expects(decision);
    }
  }

  static PolicyTestReport of(Policy policy, List<Result> results, List<String> methods) {
    Set<String> decided = new HashSet<>();
    Set<String> called = new HashSet<>();
    for (Result result : results) {
      called.add(result.test().path());
      Decision decision = result.decision();
      if (decision.list() != null && decision.rule() != null) {
        decided.add(label(decision.list(), decision.rule()));
      }
    }
    List<String> unused = new ArrayList<>();
    RuleTable rules = policy.rules();
    for (int i = 0; i < rules.size(); i++) {
      RuleList list = rules.isDeny(i) ? RuleList.DENY_RULES : RuleList.ALLOW_RULES;
      String label = label(list, rules.name(i));
      if (!decided.contains(label)) {
        unused.add(label);
      }
    }
    List<String> uncalled =
        methods.stream().filter(method -> !called.contains(method)).toList();
    return new PolicyTestReport(
        List.copyOf(results), rules.size(), List.copyOf(unused), methods.size(), uncalled);
  }

  /** Whether every case was decided as expected. */
  public boolean passed() {
    return results.stream().allMatch(Result::passed);
  }

  /** For people. */
  public String text() {
    StringBuilder out = new StringBuilder();
    for (Result result : results) {
      Case test = result.test();
      out.append(result.passed() ? "ok    " : "FAIL  ").append(Quoted.of(test.name()));
      if (!result.passed()) {
        out.append(": expected ").append(test.allowed() ? "allowed" : "denied");
        if (test.ruleGiven()) {
          String rule = test.rule();
          out.append(rule == null ? " by no rule" : " by rule " + Quoted.of(rule));
        }
        out.append(", found ").append(result.decision().allowed() ? "allowed: " : "denied: ");
        out.append(result.decision().reason());
      }
      out.append('\n');
    }
    long passed = results.stream().filter(Result::passed).count();
    out.append(passed).append(" of ").append(results.size()).append(" cases passed\n");
    coverage(out, "rules", ruleCount, rulesWithoutCase);
    coverage(out, "methods", methodCount, methodsWithoutCase);
    return out.toString();
  }

  /** For programs. */
  public String json() {
    return JsonText.object(json -> {
      json.writeBooleanField("ok", passed());
      json.writeArrayFieldStart("cases");
      for (Result result : results) {
        json.writeStartObject();
        json.writeStringField("name", result.test().name());
        json.writeBooleanField("passed", result.passed());
        json.writeBooleanField("expected_allowed", result.test().allowed());
        JsonText.decision(json, result.decision());
        json.writeEndObject();
      }
      json.writeEndArray();
      coverage(json, "rules", ruleCount, rulesWithoutCase);
      coverage(json, "methods", methodCount, methodsWithoutCase);
    });
  }

  private static void coverage(StringBuilder out, String what, int all, List<String> missing) {
    if (all > 0) {
      out.append(all - missing.size()).append(" of ").append(all).append(' ').append(what);
      out.append(" covered\n");
    }
    missing.forEach(
        label -> out.append("  no case for ").append(Quoted.bare(label)).append('\n'));
  }

  private static void coverage(JsonGenerator json, String what, int all, List<String> missing)
      throws IOException {
    json.writeObjectFieldStart(what);
    json.writeNumberField("all", all);
    json.writeNumberField("covered", all - missing.size());
    JsonText.strings(json, "missing", missing);
    json.writeEndObject();
  }

  private static String label(RuleList list, String rule) {
    return list.key() + " " + Quoted.of(rule);
  }
}
