package dev.countersign.assessment;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.countersign.assessment.Measurement.Cost;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/** What was measured beside abusive checks, for programs. */
final class JsonMeasurements {
  private static final double NANOS_PER_MILLI = 1e6;

  private JsonMeasurements() {}

  static void write(Report report, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("measured");
    for (Result result : report.measured()) {
      json.writeObjectFieldStart(result.check().name());
      write(Objects.requireNonNull(result.outcome().measurement()), json);
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void write(Measurement felt, JsonGenerator json) throws IOException {
    json.writeNumberField("calls", felt.calls());
    json.writeNumberField("failed", felt.failed());
    json.writeObjectFieldStart("p99_millis");
    millis("calm", felt.calm(), json);
    millis("during", felt.during(), json);
    millis("after", felt.after(), json);
    json.writeEndObject();
    Cost cost = felt.cost();
    if (cost != null) {
      json.writeObjectFieldStart("server");
      reading("before", cost.before(), json);
      reading("most", cost.most(), json);
      reading("after", cost.after(), json);
      json.writeNumberField("broken_off", cost.brokenOff());
      json.writeEndObject();
    }
  }

  private static void millis(String name, Duration time, JsonGenerator json) throws IOException {
    json.writeNumberField(name, time.toNanos() / NANOS_PER_MILLI);
  }

  private static void reading(String name, Reading reading, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("connections", reading.connections());
    json.writeNumberField("resident_bytes", reading.residentBytes());
    json.writeNumberField("heap_bytes", reading.heapBytes());
    json.writeEndObject();
  }
}
