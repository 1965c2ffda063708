package dev.countersign.policy;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * From the names of a peer and a path to the rules that can decide. Each pair of a principal pattern and a path
 * pattern that some rule has leads to the first rule that has it, and to the header rules before that one. A question
 * is asked for each pair of patterns that match: two or three for each side as a rule, since exact patterns are looked
 * up, and never more than the string has nested prefixes and suffixes.
 *
 * <p>A rule with many principals and many paths would make their product of pairs. Where that is more than
 * {@value #MAX_PAIRS_PER_PATTERN} for each of its patterns the rule goes to {@link WideRules} instead, so that memory
 * stays linear in the size of the policy. Immutable once built.
 */
final class RuleIndex {
  static final int MAX_PAIRS_PER_PATTERN = 16;

  private final RuleTable table;
  private final PairTable pairs = new PairTable();
  private final Pair[] headerPairs;
  private final WideRules wide;

  /**
   * What a pair of patterns leads to when headers can matter.
   *
   * @param headerRules the header rules before the first rule without
   * @param rule the first rule without header conditions, or the number of rules
   */
  private record Pair(HeaderRules headerRules, int rule) {}

  RuleIndex(RuleTable table) {
    this.table = table;
    WideRules.Builder wideRules = new WideRules.Builder(table);
    List<IntList> headerLists = new ArrayList<>();
    for (int rule = 0; rule < table.size(); rule++) {
      if (isWide(rule)) {
        wideRules.add(rule);
      } else {
        addPairs(rule, headerLists);
      }
    }
    pairs.trim();
    wide = wideRules.build();
    headerPairs = headerPairs(headerLists);
  }

  /** Finds what can decide for a peer with these names; a peer without names matches no pattern at all. */
  Search search(Iterable<String> names, String path) {
    Search search = new Search(table.size());
    int[] pathNumbers = table.paths().matching(path);
    int anyone = table.principals().any();
    if (anyone != Patterns.NONE) {
      ask(search, anyone, pathNumbers);
    }
    for (String name : names) {
      Patterns principals = table.principals();
      for (int i = principals.first(name); i != Patterns.NONE; i = principals.next(name, i)) {
        if (i != anyone) {
          ask(search, i, pathNumbers);
        }
      }
    }
    return search;
  }

  /**
   * The last of the earlier rules that together match whatever this one matches, or the rule itself if it can decide
   * something. Rules that only together cover a wildcard, and rules with many principals and paths, are not seen.
   */
  int coveredBy(int rule) {
    if (isWide(rule)) {
      return rule;
    }
    int last = -1;
    for (int i = 0; i < table.principalsOf().length(rule); i++) {
      int[] principals = table.principals().covering(table.principalsOf().get(rule, i));
      for (int j = 0; j < table.pathsOf().length(rule); j++) {
        int[] paths = table.paths().covering(table.pathsOf().get(rule, j));
        last = Math.max(last, firstWithoutHeaders(principals, paths, rule));
      }
    }
    return last;
  }

  private int firstWithoutHeaders(int[] principals, int[] paths, int bound) {
    int first = bound;
    for (int principal : principals) {
      for (int path : paths) {
        int found = pairs.get(principal, path);
        if (found != PairTable.NONE) {
          first = Math.min(first, found >= 0 ? found : headerPairs[~found].rule());
        }
      }
    }
    return first;
  }

  private void ask(Search search, int principal, int[] paths) {
    for (int path : paths) {
      search.looked();
      int found = pairs.get(principal, path);
      if (found >= 0) {
        search.rule(found);
      } else if (found != PairTable.NONE) {
        Pair pair = headerPairs[~found];
        search.rule(pair.rule());
        search.headerRules(pair.headerRules());
      }
      wide.search(search, principal, path);
    }
  }

  private boolean isWide(int rule) {
    long principals = table.principalsOf().length(rule);
    long paths = table.pathsOf().length(rule);
    return principals * paths > MAX_PAIRS_PER_PATTERN * (principals + paths);
  }

  /** Rules come in deciding order, so a pair that has a rule without headers needs no later one. */
  private void addPairs(int rule, List<IntList> headerLists) {
    boolean hasHeaders = table.headers().has(rule);
    for (int i = 0; i < table.principalsOf().length(rule); i++) {
      int principal = table.principalsOf().get(rule, i);
      for (int j = 0; j < table.pathsOf().length(rule); j++) {
        int path = table.pathsOf().get(rule, j);
        int found = pairs.get(principal, path);
        if (found == PairTable.NONE && hasHeaders) {
          pairs.put(principal, path, ~headerLists.size());
          headerLists.add(new IntList());
          headerLists.get(headerLists.size() - 1).add(rule);
        } else if (found == PairTable.NONE) {
          pairs.put(principal, path, rule);
        } else if (found < 0 && !isClosed(headerLists.get(~found))) {
          headerLists.get(~found).add(rule);
        }
      }
    }
  }

  private boolean isClosed(IntList rules) {
    return !table.headers().has(rules.get(rules.size() - 1));
  }

  /** Pairs with the same rules, as a rule with several principals makes them, share one index by header. */
  private Pair[] headerPairs(List<IntList> lists) {
    Map<IntBuffer, HeaderRules> shared = new HashMap<>();
    Pair[] made = new Pair[lists.size()];
    for (int i = 0; i < made.length; i++) {
      IntList list = lists.get(i);
      int[] rules = list.toArray();
      int last = isClosed(list) ? rules[rules.length - 1] : table.size();
      int[] withHeaders = isClosed(list) ? Arrays.copyOf(rules, rules.length - 1) : rules;
      HeaderRules headerRules = shared.computeIfAbsent(
          IntBuffer.wrap(withHeaders), key -> HeaderRules.of(table.headers(), withHeaders));
      made[i] = new Pair(headerRules, last);
    }
    return made;
  }
}
