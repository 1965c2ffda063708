package dev.countersign.assessment;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** As much of JSON Schema as the report's schema uses; a keyword that it does not know is an error. */
final class JsonSchema {
  private static final Set<String> KEYWORDS = Set.of(
      "$schema",
      "$id",
      "$defs",
      "$ref",
      "title",
      "description",
      "type",
      "required",
      "properties",
      "additionalProperties",
      "propertyNames",
      "items",
      "enum",
      "pattern",
      "minimum",
      "format");

  private final JsonObject root;
  private final List<String> problems = new ArrayList<>();

  JsonSchema(JsonObject root) {
    this.root = root;
  }

  /** What is wrong with a value; empty if nothing is. */
  List<String> problems(JsonElement value) {
    problems.clear();
    check(root, value, "$");
    return List.copyOf(problems);
  }

  private void check(JsonObject schema, JsonElement value, String at) {
    schema.keySet().stream()
        .filter(keyword -> !KEYWORDS.contains(keyword))
        .forEach(keyword -> problems.add("schema has the keyword " + keyword));
    if (schema.has("$ref")) {
      String name = schema.get("$ref").getAsString().replace("#/$defs/", "");
      check(root.getAsJsonObject("$defs").getAsJsonObject(name), value, at);
      return;
    }
    if (schema.has("enum") && !schema.getAsJsonArray("enum").contains(value)) {
      problems.add(at + " is none of " + schema.get("enum"));
    }
    String type = schema.has("type") ? schema.get("type").getAsString() : "";
    switch (type) {
      case "object" -> checkObject(schema, value, at);
      case "array" -> checkArray(schema, value, at);
      case "string" -> checkString(schema, value, at);
      case "integer", "number" -> checkInteger(schema, value, at);
      default -> require(type.isEmpty(), at + ": the schema has the type " + type);
    }
  }

  private void checkObject(JsonObject schema, JsonElement value, String at) {
    if (!require(value.isJsonObject(), at + " is no object")) {
      return;
    }
    JsonObject properties =
        schema.has("properties") ? schema.getAsJsonObject("properties") : new JsonObject();
    if (schema.has("required")) {
      schema
          .getAsJsonArray("required")
          .forEach(name ->
              require(value.getAsJsonObject().has(name.getAsString()), at + " lacks " + name));
    }
    value.getAsJsonObject().entrySet().forEach(entry -> {
      String below = at + "." + entry.getKey();
      if (schema.has("propertyNames")) {
        check(
            schema.getAsJsonObject("propertyNames"),
            new com.google.gson.JsonPrimitive(entry.getKey()),
            below);
      }
      if (properties.has(entry.getKey())) {
        check(properties.getAsJsonObject(entry.getKey()), entry.getValue(), below);
      } else if (schema.get("additionalProperties").isJsonObject()) {
        check(schema.getAsJsonObject("additionalProperties"), entry.getValue(), below);
      } else {
        require(schema.get("additionalProperties").getAsBoolean(), below + " is unknown");
      }
    });
  }

  private void checkArray(JsonObject schema, JsonElement value, String at) {
    if (require(value.isJsonArray(), at + " is no array")) {
      JsonArray array = value.getAsJsonArray();
      for (int i = 0; i < array.size(); i++) {
        check(schema.getAsJsonObject("items"), array.get(i), at + "[" + i + "]");
      }
    }
  }

  private void checkString(JsonObject schema, JsonElement value, String at) {
    boolean isString = value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    if (require(isString, at + " is no string") && schema.has("pattern")) {
      Pattern pattern = Pattern.compile(schema.get("pattern").getAsString());
      require(pattern.matcher(value.getAsString()).find(), at + " does not match " + pattern);
    }
  }

  private void checkInteger(JsonObject schema, JsonElement value, String at) {
    boolean isNumber = value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
    if (require(isNumber, at + " is no number") && schema.has("minimum")) {
      require(value.getAsLong() >= schema.get("minimum").getAsLong(), at + " is too small");
    }
  }

  private boolean require(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
    return holds;
  }
}
