package dev.countersign.assessment;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.countersign.assessment.Outcome.Finding;
import dev.countersign.assessment.Outcome.NotRun;
import dev.countersign.assessment.Outcome.Passed;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** A report for programs; {@code report.schema.json} describes it. */
final class JsonReport {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonReport() {}

  static String of(Report report) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      write(report, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text + "\n";
  }

  private static void write(Report report, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("target", report.target());
    json.writeStringField("transport", report.transport());
    json.writeStringField("method", report.method());
    json.writeStringField("started", report.started().toString());
    json.writeNumberField("millis", report.took().toMillis());
    json.writeArrayFieldStart("findings");
    for (Result result : report.findings()) {
      finding(result, json);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("passed");
    for (Result result : report.passed()) {
      json.writeString(result.check().name());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("not_run");
    for (Result result : report.notRun()) {
      json.writeStartObject();
      json.writeStringField("check", result.check().name());
      json.writeStringField("why", ((NotRun) result.outcome()).why());
      json.writeEndObject();
    }
    json.writeEndArray();
    seen(report, json);
    JsonMeasurements.write(report, json);
    json.writeEndObject();
  }

  private static void finding(Result result, JsonGenerator json) throws IOException {
    About check = result.check();
    json.writeStartObject();
    json.writeStringField("check", check.name());
    json.writeStringField("group", check.group().title());
    json.writeStringField("severity", check.severity().label());
    json.writeStringField("summary", ((Finding) result.outcome()).summary());
    json.writeStringField("tried", check.tries());
    json.writeStringField("safe", check.safe());
    json.writeStringField("source", check.source());
    json.writeStringField("remedy", check.remedy());
    json.writeEndObject();
  }

  private static void seen(Report report, JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("seen");
    for (Result result : report.passed()) {
      json.writeStringField(result.check().name(), ((Passed) result.outcome()).seen());
    }
    json.writeEndObject();
  }
}
