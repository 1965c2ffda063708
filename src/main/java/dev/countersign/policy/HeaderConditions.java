package dev.countersign.policy;

import dev.countersign.policy.Rule.HeaderPattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The header conditions of the rules that have any. The first condition of a rule is the one that fewest rules share:
 * the best to look the rule up by. Immutable.
 */
final class HeaderConditions {
  private final int[] rules;
  private final HeaderCondition[][] conditions;

  private HeaderConditions(int[] rules, HeaderCondition[][] conditions) {
    this.rules = rules;
    this.conditions = conditions;
  }

  static HeaderConditions of(List<Rule> all) {
    Map<String, PatternsBuilder> builders = new LinkedHashMap<>();
    Map<HeaderPattern, Integer> uses = new HashMap<>();
    IntList rules = new IntList();
    for (int rule = 0; rule < all.size(); rule++) {
      List<HeaderPattern> headers = all.get(rule).headers();
      if (!headers.isEmpty()) {
        rules.add(rule);
      }
      for (HeaderPattern header : headers) {
        PatternsBuilder values =
            builders.computeIfAbsent(header.key(), key -> new PatternsBuilder());
        header.values().forEach(values::number);
        single(header).forEach(value -> uses.merge(value, 1, Integer::sum));
      }
    }
    Map<String, HeaderKey> keys = new HashMap<>();
    builders.forEach((name, values) -> keys.put(name, new HeaderKey(name, values.buildForCalls())));
    HeaderCondition[][] conditions = new HeaderCondition[rules.size()][];
    for (int i = 0; i < conditions.length; i++) {
      List<HeaderPattern> headers = new ArrayList<>(all.get(rules.get(i)).headers());
      headers.sort((a, b) -> Integer.compare(crowd(a, uses), crowd(b, uses)));
      conditions[i] =
          headers.stream().map(h -> condition(h, keys, builders)).toArray(HeaderCondition[]::new);
    }
    return new HeaderConditions(rules.toArray(), conditions);
  }

  /** The conditions of a rule; none if it does not look at headers. */
  HeaderCondition[] of(int rule) {
    int at = rules.length == 0 ? -1 : Arrays.binarySearch(rules, rule);
    return at < 0 ? new HeaderCondition[0] : conditions[at];
  }

  boolean has(int rule) {
    return rules.length > 0 && Arrays.binarySearch(rules, rule) >= 0;
  }

  boolean match(int rule, RequestHeaders headers) {
    for (HeaderCondition condition : conditions[Arrays.binarySearch(rules, rule)]) {
      if (!condition.matches(headers)) {
        return false;
      }
    }
    return true;
  }

  private static HeaderCondition condition(
      HeaderPattern header, Map<String, HeaderKey> keys, Map<String, PatternsBuilder> builders) {
    HeaderKey key = Objects.requireNonNull(keys.get(header.key()));
    PatternsBuilder numbers = Objects.requireNonNull(builders.get(header.key()));
    int[] wanted =
        header.values().stream().mapToInt(numbers::number).sorted().distinct().toArray();
    return new HeaderCondition(key, wanted);
  }

  private static List<HeaderPattern> single(HeaderPattern header) {
    return header.values().stream()
        .map(value -> new HeaderPattern(header.key(), List.of(value)))
        .toList();
  }

  private static int crowd(HeaderPattern header, Map<HeaderPattern, Integer> uses) {
    return single(header).stream()
        .mapToInt(value -> uses.getOrDefault(value, 0))
        .max()
        .orElse(0);
  }
}
