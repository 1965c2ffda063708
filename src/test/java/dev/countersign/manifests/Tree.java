package dev.countersign.manifests;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A value of a YAML document: a map, a list, a scalar, or nothing where the document has nothing.
 *
 * @param value what the reader made of it
 */
record Tree(Object value) {
  static List<Tree> documents(String yaml) {
    List<Tree> documents = new ArrayList<>();
    LoadSettings settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
    new Load(settings)
        .loadAllFromString(yaml)
        .forEach(document -> documents.add(new Tree(document)));
    return documents;
  }

  /** The value that keys lead to. */
  Tree at(String... keys) {
    Object found = value;
    for (String key : keys) {
      found = found instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return new Tree(found);
  }

  boolean exists() {
    return value != null;
  }

  boolean isTrue() {
    return Boolean.TRUE.equals(value);
  }

  boolean isFalse() {
    return Boolean.FALSE.equals(value);
  }

  /** A scalar as text; empty where there is nothing. */
  String text() {
    return value == null ? "" : String.valueOf(value);
  }

  /** A whole number; -1 where there is none. */
  int number() {
    return value instanceof Integer number ? number : -1;
  }

  List<Tree> items() {
    return value instanceof List<?> list ? list.stream().map(Tree::new).toList() : List.of();
  }

  List<String> texts() {
    return items().stream().map(Tree::text).toList();
  }

  Map<String, Tree> entries() {
    Map<String, Tree> entries = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, each) -> entries.put(String.valueOf(key), new Tree(each)));
    }
    return entries;
  }

  /** The item of a list that has this name. */
  Optional<Tree> named(String name) {
    return items().stream().filter(item -> item.at("name").text().equals(name)).findFirst();
  }

  /** Whether all entries of a selector are among these labels; an empty selector selects everything. */
  boolean selects(Tree labels) {
    Map<String, Tree> found = labels.entries();
    return entries().entrySet().stream()
        .allMatch(entry -> entry.getValue().equals(found.get(entry.getKey())));
  }

  String kind() {
    return at("kind").text();
  }

  String name() {
    return at("metadata", "name").text();
  }

  String namespace() {
    return at("metadata", "namespace").text();
  }

  @Override
  public String toString() {
    return kind() + "/" + name();
  }
}
