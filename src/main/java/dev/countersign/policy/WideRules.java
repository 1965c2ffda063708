package dev.countersign.policy;

import java.util.HashMap;
import java.util.Map;

/**
 * Rules with many principals and many paths at once. Each pattern has the ascending list of its wide rules, and the
 * rules of a pair of patterns are those that are in both lists. That walks the lists, in the worst case all wide
 * rules; but a rule is only here because it has at least some thirty patterns on each side, so there are few.
 */
final class WideRules {
  private final RuleTable table;
  private final Map<Integer, int[]> byPrincipal;
  private final Map<Integer, int[]> byPath;

  private WideRules(RuleTable table, Map<Integer, int[]> byPrincipal, Map<Integer, int[]> byPath) {
    this.table = table;
    this.byPrincipal = byPrincipal;
    this.byPath = byPath;
  }

  void search(Search search, int principal, int path) {
    if (byPrincipal.isEmpty()) {
      return;
    }
    int[] left = byPrincipal.get(principal);
    int[] right = byPath.get(path);
    if (left != null && right != null) {
      intersect(search, left, right);
    }
  }

  private void intersect(Search search, int[] left, int[] right) {
    int i = 0;
    int j = 0;
    while (i < left.length && j < right.length && left[i] < search.rule()) {
      if (left[i] < right[j]) {
        i++;
      } else if (left[i] > right[j]) {
        j++;
      } else {
        found(search, left[i++]);
        j++;
      }
      search.looked();
    }
  }

  private void found(Search search, int rule) {
    if (table.headers().has(rule)) {
      search.headerRules(HeaderRules.of(table.headers(), new int[] {rule}));
    } else {
      search.rule(rule);
    }
  }

  /** Collects wide rules in deciding order. */
  static final class Builder {
    private final RuleTable table;
    private final Map<Integer, IntList> byPrincipal = new HashMap<>();
    private final Map<Integer, IntList> byPath = new HashMap<>();

    Builder(RuleTable table) {
      this.table = table;
    }

    void add(int rule) {
      add(rule, table.principalsOf(), byPrincipal);
      add(rule, table.pathsOf(), byPath);
    }

    WideRules build() {
      return new WideRules(table, frozen(byPrincipal), frozen(byPath));
    }

    private static void add(int rule, IntRows rows, Map<Integer, IntList> lists) {
      for (int column = 0; column < rows.length(rule); column++) {
        lists.computeIfAbsent(rows.get(rule, column), pattern -> new IntList()).add(rule);
      }
    }

    private static Map<Integer, int[]> frozen(Map<Integer, IntList> lists) {
      Map<Integer, int[]> frozen = new HashMap<>();
      lists.forEach((pattern, rules) -> frozen.put(pattern, rules.toArray()));
      return frozen;
    }
  }
}
