package dev.countersign.policy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The rules of a policy, numbered in the order in which they decide: deny rules before allow rules, each in file
 * order. Kept flat, without an object per rule. Immutable.
 */
final class RuleTable {
  private final int denyCount;
  private final String names;
  private final int[] nameStart;
  private final Patterns principals;
  private final Patterns paths;
  private final IntRows principalsOf;
  private final IntRows pathsOf;
  private final HeaderConditions headers;

  RuleTable(PolicyDocument document) {
    List<Rule> rules =
        Stream.concat(document.deny().stream(), document.allow().stream()).toList();
    denyCount = document.deny().size();
    StringBuilder allNames = new StringBuilder();
    IntList starts = new IntList();
    starts.add(0);
    PatternsBuilder principalNumbers = new PatternsBuilder();
    PatternsBuilder pathNumbers = new PatternsBuilder();
    IntRows.Builder principalRows = new IntRows.Builder();
    IntRows.Builder pathRows = new IntRows.Builder();
    for (Rule rule : rules) {
      starts.add(allNames.append(rule.name()).length());
      addRow(rule.principals(), principalNumbers, principalRows);
      addRow(rule.paths(), pathNumbers, pathRows);
    }
    names = allNames.toString();
    nameStart = starts.toArray();
    principals = principalNumbers.build();
    paths = pathNumbers.build();
    principalsOf = principalRows.build();
    pathsOf = pathRows.build();
    headers = HeaderConditions.of(rules);
  }

  int size() {
    return nameStart.length - 1;
  }

  boolean isDeny(int rule) {
    return rule < denyCount;
  }

  String name(int rule) {
    return names.substring(nameStart[rule], nameStart[rule + 1]);
  }

  Patterns principals() {
    return principals;
  }

  Patterns paths() {
    return paths;
  }

  IntRows principalsOf() {
    return principalsOf;
  }

  IntRows pathsOf() {
    return pathsOf;
  }

  HeaderConditions headers() {
    return headers;
  }

  /** The rule as the policy had it, but for the order of its headers and repeated patterns. */
  Rule rule(int rule) {
    return new Rule(
        name(rule),
        patterns(principals, principalsOf, rule),
        patterns(paths, pathsOf, rule),
        Arrays.stream(headers.of(rule)).map(HeaderCondition::pattern).toList());
  }

  private static void addRow(
      List<StringPattern> patterns, PatternsBuilder numbers, IntRows.Builder rows) {
    if (patterns.isEmpty()) {
      rows.add(numbers.number(StringPattern.ANY));
    }
    patterns.stream().mapToInt(numbers::number).distinct().forEach(rows::add);
    rows.endRow();
  }

  private static List<StringPattern> patterns(Patterns all, IntRows rows, int rule) {
    return IntStream.range(0, rows.length(rule))
        .map(column -> rows.get(rule, column))
        .filter(number -> number != all.any())
        .mapToObj(all::pattern)
        .toList();
  }
}
