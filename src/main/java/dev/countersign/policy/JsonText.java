package dev.countersign.policy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;

/** JSON on one line, for other programs to read; everything but ASCII is escaped. */
final class JsonText {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private JsonText() {}

  /** Writes the fields of the object. */
  interface Fields {
    void writeTo(JsonGenerator json) throws IOException;
  }

  static String object(Fields fields) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      fields.writeTo(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toString();
  }

  static void strings(JsonGenerator json, String key, Collection<String> values)
      throws IOException {
    json.writeArrayFieldStart(key);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  /** The fields that every decision has in the JSON of the tools. */
  static void decision(JsonGenerator json, Decision decision) throws IOException {
    json.writeBooleanField("allowed", decision.allowed());
    json.writeStringField(
        "list", decision.list() == null ? null : decision.list().key());
    json.writeStringField("rule", decision.rule());
    json.writeStringField("reason", decision.reason());
  }
}
