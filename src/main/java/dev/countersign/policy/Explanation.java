package dev.countersign.policy;

import dev.countersign.identity.Principal;
import dev.countersign.policy.Rule.HeaderPattern;
import dev.countersign.text.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Why a policy decides a call as it does: the decision, and for each rule the parts that did not match. Walks all
 * rules, so it is for people and not for the path of a call.
 *
 * @param decision the decision
 * @param rules every rule in the order in which they decide, deny rules first
 */
public record Explanation(Decision decision, List<RuleVerdict> rules) {

  /**
   * What one rule says about the call.
   *
   * @param list where the rule is
   * @param rule its name
   * @param mismatches the parts that do not match; empty if the rule matches
   */
  public record RuleVerdict(RuleList list, String rule, List<String> mismatches) {
    /** Whether the rule matches the call; only the first that does decides. */
    public boolean matches() {
      return mismatches.isEmpty();
    }
  }

  /** Explains the decision on a call; the arguments are those of {@link Policy#decide}. */
  public static Explanation of(
      Policy policy, List<? extends Principal> principals, String path, RequestHeaders headers) {
    RuleTable table = policy.rules();
    List<String> names = Policy.names(principals);
    List<RuleVerdict> verdicts = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      Rule rule = table.rule(i);
      RuleList list = table.isDeny(i) ? RuleList.DENY_RULES : RuleList.ALLOW_RULES;
      verdicts.add(new RuleVerdict(list, rule.name(), mismatches(rule, names, path, headers)));
    }
    return new Explanation(policy.decide(principals, path, headers), List.copyOf(verdicts));
  }

  /** For people: the decision, then a line for each rule. */
  public String text() {
    StringBuilder out = new StringBuilder(decision.reason()).append('\n');
    for (RuleVerdict verdict : rules) {
      out.append("  ").append(verdict.list().key()).append(' ').append(Quoted.of(verdict.rule()));
      out.append(verdict.matches() ? ": matches" : ": does not match: ");
      out.append(String.join("; ", verdict.mismatches())).append('\n');
    }
    return out.toString();
  }

  /** For programs: {@code {"allowed":…,"list":…,"rule":…,"reason":…,"rules":[…]}}. */
  public String json() {
    return JsonText.object(json -> {
      JsonText.decision(json, decision);
      json.writeArrayFieldStart("rules");
      for (RuleVerdict verdict : rules) {
        json.writeStartObject();
        json.writeStringField("list", verdict.list().key());
        json.writeStringField("rule", verdict.rule());
        json.writeBooleanField("matches", verdict.matches());
        JsonText.strings(json, "mismatches", verdict.mismatches());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private static List<String> mismatches(
      Rule rule, List<String> names, String path, RequestHeaders headers) {
    List<String> mismatches = new ArrayList<>();
    if (!rule.principals().isEmpty() && names.stream().noneMatch(n -> any(rule.principals(), n))) {
      String peer = names.isEmpty()
          ? "peer without a name"
          : names.stream().map(Quoted::of).collect(Collectors.joining(", "));
      mismatches.add("principal " + peer + " matches none of " + list(rule.principals()));
    }
    if (!rule.paths().isEmpty() && !any(rule.paths(), path)) {
      mismatches.add("path " + Quoted.of(path) + " matches none of " + list(rule.paths()));
    }
    for (HeaderPattern header : rule.headers()) {
      String value = headers.get(header.key());
      if (value == null) {
        mismatches.add("header " + Quoted.of(header.key()) + " is missing");
      } else if (!any(header.values(), value)) {
        mismatches.add("header " + Quoted.of(header.key()) + " is " + Quoted.of(value)
            + ", which matches none of " + list(header.values()));
      }
    }
    return List.copyOf(mismatches);
  }

  private static boolean any(List<StringPattern> patterns, String value) {
    return patterns.stream().anyMatch(pattern -> pattern.matches(value));
  }

  private static String list(List<StringPattern> patterns) {
    int shown = 5;
    String first = patterns.stream()
        .limit(shown)
        .map(pattern -> Quoted.of(pattern.toString()))
        .collect(Collectors.joining(", "));
    return patterns.size() <= shown ? first : first + " and " + (patterns.size() - shown) + " more";
  }
}
