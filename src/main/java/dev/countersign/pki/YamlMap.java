package dev.countersign.pki;

import dev.countersign.pki.InventoryException.Problem;
import dev.countersign.pki.InventoryException.Reason;
import dev.countersign.text.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A map of YAML with known keys, each at most once; what is wrong with it goes to a list, with its place. */
final class YamlMap {
  private static final int NEAR = 2;

  private final Node node;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final List<Problem> problems;

  YamlMap(Node node, List<String> known, List<Problem> problems) {
    this.node = node;
    this.problems = problems;
    if (!(node instanceof MappingNode map)) {
      report(Reason.WRONG_KIND, node, "expected a map with the keys " + String.join(", ", known));
      return;
    }
    for (NodeTuple entry : map.getValue()) {
      add(entry, known);
    }
  }

  private void add(NodeTuple entry, List<String> known) {
    Node key = entry.getKeyNode();
    String name = key instanceof ScalarNode scalar ? scalar.getValue() : "";
    if (!known.contains(name)) {
      report(
          Reason.UNKNOWN_KEY,
          key,
          "unknown key " + Quoted.key(name) + " (known: " + String.join(", ", known) + ")"
              + nearest(name, known)
                  .map(near -> "; did you mean \"" + near + "\"?")
                  .orElse(""));
    } else if (values.putIfAbsent(name, entry.getValueNode()) != null) {
      report(Reason.DUPLICATE_KEY, key, "key \"" + name + "\" stands twice");
    }
  }

  Optional<Node> node(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** Reports it if the key is not there. */
  Optional<Node> required(String key) {
    if (node instanceof MappingNode && !values.containsKey(key)) {
      report(Reason.MISSING_KEY, node, "key \"" + key + "\" is missing");
    }
    return node(key);
  }

  /** The text of a scalar. */
  Optional<String> text(Node value, String what) {
    if (value instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
      return Optional.of(scalar.getValue());
    }
    report(Reason.WRONG_KIND, value, what + " is not a text");
    return Optional.empty();
  }

  /** The items of a list; none if the key is not there. */
  List<Node> items(String key) {
    Optional<Node> value = node(key);
    if (value.isEmpty()) {
      return List.of();
    }
    if (value.get() instanceof SequenceNode list) {
      return new ArrayList<>(list.getValue());
    }
    report(Reason.WRONG_KIND, value.get(), "\"" + key + "\" is not a list");
    return List.of();
  }

  void report(Reason reason, Node at, String message) {
    Optional<Mark> mark = at.getStartMark();
    problems.add(new Problem(
        reason,
        mark.map(Mark::getLine).orElse(0) + 1,
        mark.map(Mark::getColumn).orElse(0) + 1,
        message));
  }

  private static Optional<String> nearest(String name, List<String> known) {
    return known.stream().filter(candidate -> distance(name, candidate) <= NEAR).findFirst();
  }

  /** How many characters must be put in, taken out or exchanged. */
  private static int distance(String from, String to) {
    int[] costs = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      costs[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = costs[0];
      costs[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int exchanged = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = costs[j];
        costs[j] = Math.min(exchanged, Math.min(costs[j], costs[j - 1]) + 1);
      }
    }
    return costs[to.length()];
  }
}
