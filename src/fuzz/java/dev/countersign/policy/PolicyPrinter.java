package dev.countersign.policy;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.countersign.policy.AuditOptions.AuditLogger;
import dev.countersign.policy.Rule.HeaderPattern;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Prints a policy as JSON, for the target that reads it again. */
final class PolicyPrinter {
  private PolicyPrinter() {}

  static byte[] print(PolicyDocument document) {
    return JsonText.object(json -> {
          json.writeStringField("name", document.name());
          rules(json, "allow_rules", document.allow());
          rules(json, "deny_rules", document.deny());
          json.writeObjectFieldStart("audit_logging_options");
          json.writeStringField("audit_condition", document.audit().condition().name());
          json.writeArrayFieldStart("audit_loggers");
          for (AuditLogger logger : document.audit().loggers()) {
            json.writeStartObject();
            json.writeStringField("name", logger.name());
            json.writeFieldName("config");
            json.writeRawValue(logger.configJson());
            json.writeBooleanField("is_optional", logger.optional());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeEndObject();
        })
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void rules(JsonGenerator json, String key, List<Rule> rules) throws IOException {
    json.writeArrayFieldStart(key);
    for (Rule rule : rules) {
      json.writeStartObject();
      json.writeStringField("name", rule.name());
      json.writeObjectFieldStart("source");
      patterns(json, "principals", rule.principals());
      json.writeEndObject();
      json.writeObjectFieldStart("request");
      patterns(json, "paths", rule.paths());
      json.writeArrayFieldStart("headers");
      for (HeaderPattern header : rule.headers()) {
        json.writeStartObject();
        json.writeStringField("key", header.key());
        patterns(json, "values", header.values());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void patterns(JsonGenerator json, String key, List<StringPattern> patterns)
      throws IOException {
    JsonText.strings(json, key, patterns.stream().map(StringPattern::toString).toList());
  }
}
