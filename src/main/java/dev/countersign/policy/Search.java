package dev.countersign.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What one search through a {@link RuleIndex} found, and how often it had to look. */
final class Search {
  private int rule;
  private int looks;
  private List<HeaderRules> headerRules = List.of();

  Search(int ruleCount) {
    rule = ruleCount;
  }

  void rule(int found) {
    rule = Math.min(rule, found);
  }

  void headerRules(HeaderRules found) {
    if (headerRules.isEmpty()) {
      headerRules = new ArrayList<>(4);
    }
    headerRules.add(found);
  }

  void looked() {
    looks++;
  }

  /** The first rule that matches whatever the headers are, or the number of rules. */
  int rule() {
    return rule;
  }

  /** The header rules that come before that rule, the earliest first. */
  HeaderRules[] headerRules() {
    return headerRules.stream()
        .filter(rules -> rules.firstRule() < rule)
        .distinct()
        .sorted(Comparator.comparingInt(HeaderRules::firstRule))
        .toArray(HeaderRules[]::new);
  }

  boolean needsHeaders() {
    for (HeaderRules rules : headerRules) {
      if (rules.firstRule() < rule) {
        return true;
      }
    }
    return false;
  }

  int looks() {
    return looks;
  }
}
