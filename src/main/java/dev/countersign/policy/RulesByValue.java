package dev.countersign.policy;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** Header rules that are looked up by the value of one header. Immutable once built. */
final class RulesByValue {
  private static final int[] NONE = {};

  private final HeaderKey key;
  private final int[] patterns;
  private final int[][] rules;

  private RulesByValue(HeaderKey key, int[] patterns, int[][] rules) {
    this.key = key;
    this.patterns = patterns;
    this.rules = rules;
  }

  HeaderKey key() {
    return key;
  }

  /** The rules, ascending, that want the pattern with this number. */
  int[] rules(int pattern) {
    int at = Arrays.binarySearch(patterns, pattern);
    return at < 0 ? NONE : rules[at];
  }

  /** Collects rules in deciding order. */
  static final class Builder {
    private final HeaderKey key;
    private final SortedMap<Integer, IntList> found = new TreeMap<>();

    Builder(HeaderKey key) {
      this.key = key;
    }

    void add(int rule, HeaderCondition condition) {
      for (int pattern : condition.wanted()) {
        found.computeIfAbsent(pattern, number -> new IntList()).add(rule);
      }
    }

    RulesByValue build() {
      return new RulesByValue(
          key,
          found.keySet().stream().mapToInt(Integer::intValue).toArray(),
          found.values().stream().map(IntList::toArray).toArray(int[][]::new));
    }
  }
}
