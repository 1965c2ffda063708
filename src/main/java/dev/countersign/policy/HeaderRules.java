package dev.countersign.policy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Rules that match the same callers and paths and depend on headers, ascending. A few are tried one by one. Many are
 * found by the value of one of their headers, so that only those whose header matches are tried. Immutable.
 */
final class HeaderRules {
  private static final int FEW = 4;

  private final HeaderConditions conditions;
  private final int[] rules;
  private final RulesByValue[] byValue;

  private HeaderRules(HeaderConditions conditions, int[] rules, RulesByValue[] byValue) {
    this.conditions = conditions;
    this.rules = rules;
    this.byValue = byValue;
  }

  static HeaderRules of(HeaderConditions conditions, int[] rules) {
    Map<String, RulesByValue.Builder> byHeader = new LinkedHashMap<>();
    for (int rule : rules.length <= FEW ? new int[0] : rules) {
      HeaderCondition condition = conditions.of(rule)[0];
      byHeader
          .computeIfAbsent(
              condition.key().name(), name -> new RulesByValue.Builder(condition.key()))
          .add(rule, condition);
    }
    return new HeaderRules(
        conditions,
        rules,
        byHeader.values().stream().map(RulesByValue.Builder::build).toArray(RulesByValue[]::new));
  }

  int firstRule() {
    return rules[0];
  }

  boolean anyBefore(int bound, IntPredicate wanted) {
    return Arrays.stream(rules).filter(rule -> rule < bound).anyMatch(wanted);
  }

  /** The first rule before the bound whose headers match, or the bound. */
  int first(RequestHeaders headers, int bound) {
    if (byValue.length == 0) {
      return first(rules, headers, bound);
    }
    int best = bound;
    for (RulesByValue index : byValue) {
      String value = headers.get(index.key().name());
      if (value != null) {
        best = first(index, value, headers, best);
      }
    }
    return best;
  }

  private int first(RulesByValue index, String value, RequestHeaders headers, int bound) {
    int best = bound;
    Patterns values = index.key().values();
    for (int i = values.first(value); i != Patterns.NONE; i = values.next(value, i)) {
      best = first(index.rules(i), headers, best);
    }
    return best;
  }

  private int first(int[] ascending, RequestHeaders headers, int bound) {
    for (int rule : ascending) {
      if (rule >= bound) {
        return bound;
      }
      if (conditions.match(rule, headers)) {
        return rule;
      }
    }
    return bound;
  }
}
