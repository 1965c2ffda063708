package dev.countersign.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PolicySchemaTest {
  @Test
  void knowsAndRequiresTheKeysThatTheReaderKnowsAndRequires() throws IOException {
    JsonObject schema = schema();
    Map<String, Keys> readers = Map.of(
        "rule", PolicyReader.RULE,
        "source", PolicyReader.SOURCE,
        "request", PolicyReader.REQUEST,
        "header", PolicyReader.HEADER,
        "audit", PolicyReader.AUDIT,
        "logger", PolicyReader.LOGGER);

    assertAgrees(schema, PolicyReader.POLICY);
    readers.forEach(
        (name, keys) -> assertAgrees(schema.getAsJsonObject("$defs").getAsJsonObject(name), keys));
  }

  @Test
  void listsTheAuditConditions() throws IOException {
    List<String> words = schema()
        .getAsJsonObject("$defs")
        .getAsJsonObject("audit")
        .getAsJsonObject("properties")
        .getAsJsonObject("audit_condition")
        .getAsJsonArray("enum")
        .asList()
        .stream()
        .map(JsonElement::getAsString)
        .toList();

    assertThat(words).containsExactly("NONE", "ON_DENY", "ON_ALLOW", "ON_DENY_AND_ALLOW");
    assertThat(AuditOptions.Condition.values()).extracting(Enum::name).isEqualTo(words);
  }

  private static void assertAgrees(JsonObject schema, Keys keys) {
    List<String> required = schema.has("required")
        ? schema.getAsJsonArray("required").asList().stream()
            .map(JsonElement::getAsString)
            .toList()
        : List.of();
    assertThat(schema.getAsJsonObject("properties").keySet())
        .containsExactlyInAnyOrderElementsOf(keys.known());
    assertThat(required).containsExactlyInAnyOrderElementsOf(keys.required());
    assertThat(schema.get("additionalProperties").getAsBoolean()).isFalse();
  }

  private static JsonObject schema() throws IOException {
    try (Reader in = new InputStreamReader(
        Objects.requireNonNull(Policy.class.getResourceAsStream("policy.schema.json")),
        StandardCharsets.UTF_8)) {
      return JsonParser.parseReader(in).getAsJsonObject();
    }
  }
}
