package dev.countersign.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file that benchmarks leave their figures in: one flat JSON object a line, whose {@code kind} is {@code figure},
 * {@code point} or {@code machine}. Values are texts, numbers and booleans; what does not apply is not there.
 */
final class Records {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String FILE = System.getProperty("bench.records", "");

  private Records() {}

  /** Adds a line to the file that {@code -Dbench.records} names, if it does. */
  static void append(Map<String, ?> values) {
    if (FILE.isEmpty()) {
      return;
    }
    try {
      Files.writeString(
          Path.of(FILE), line(values) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String line(Map<String, ?> values) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      for (Map.Entry<String, ?> each : values.entrySet()) {
        if (each.getValue() instanceof Double number && !Double.isFinite(number)) {
          continue;
        }
        json.writePOJOField(each.getKey(), each.getValue());
      }
      json.writeEndObject();
    }
    return text.toString();
  }

  static List<Map<String, Object>> read(Path file) throws IOException {
    List<Map<String, Object>> records = new ArrayList<>();
    try (JsonParser json = JSON.createParser(file.toFile())) {
      while (json.nextToken() == JsonToken.START_OBJECT) {
        Map<String, Object> values = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          values.put(
              json.currentName(),
              switch (json.nextToken()) {
                case VALUE_TRUE, VALUE_FALSE -> json.getBooleanValue();
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getDoubleValue();
                default -> json.getText();
              });
        }
        records.add(values);
      }
    }
    return records;
  }
}
