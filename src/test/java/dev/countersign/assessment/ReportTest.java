package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class ReportTest {
  private static final String HOSTILE = "<script>\"&{{target}}\u001b[31m\n";
  private static final Measurement MEASURED = new Measurement(
      1000,
      1,
      Duration.ofMillis(10),
      Duration.ofMillis(60),
      Duration.ofNanos(12_345_678),
      new Measurement.Cost(
          new Reading(2, 100 << 20, 5 << 20, 4, 3),
          new Reading(60, 120 << 20, 9 << 20, 5, 3),
          new Reading(3, 110 << 20, 6 << 20, 40, 8)));
  private static final Report REPORT = new Report(
      "127.0.0.1:8443",
      "mtls",
      "grpc.health.v1.Health/Check",
      Instant.parse("2026-11-22T08:00:00.123Z"),
      Duration.ofMillis(78_500),
      List.of(
          result(
              "no-certificate", Severity.CRITICAL, Outcome.finding("a nameless client " + HOSTILE)),
          result("denial-tells", Severity.LOW, Outcome.finding("it names an identity")),
          result("expired", Severity.HIGH, Outcome.passed("refused " + HOSTILE)),
          result("revoked", Severity.HIGH, Outcome.notRun("it needs --ca-dir")),
          result("ping-flood", Severity.LOW, Outcome.passed("cut").measuredAs(MEASURED))));

  private static Result result(String name, Severity severity, Outcome outcome) {
    About about = About.of(name, Group.TRUST, severity)
        .tries("Tries.")
        .safe("Safe.")
        .source("RFC <1>")
        .remedy("Mend it.");
    return new Result(about, outcome, Duration.ofMillis(12));
  }

  @Test
  void jsonHasThePublishedShape() throws IOException {
    JsonObject json = JsonParser.parseString(ReportFormat.JSON.write(REPORT)).getAsJsonObject();

    assertThat(schema().problems(json)).isEmpty();
    assertThat(json.getAsJsonArray("findings")
            .get(0)
            .getAsJsonObject()
            .get("check")
            .getAsString())
        .isEqualTo("no-certificate");
    assertThat(json.get("passed")).hasToString("[\"expired\",\"ping-flood\"]");
    assertThat(json.getAsJsonObject("measured").getAsJsonObject("ping-flood"))
        .hasToString("{\"calls\":1000,\"failed\":1,"
            + "\"p99_millis\":{\"calm\":10.0,\"during\":60.0,\"after\":12.345678},\"server\":{"
            + "\"before\":{\"connections\":2,\"resident_bytes\":104857600,\"heap_bytes\":5242880},"
            + "\"most\":{\"connections\":60,\"resident_bytes\":125829120,\"heap_bytes\":9437184},"
            + "\"after\":{\"connections\":3,\"resident_bytes\":115343360,\"heap_bytes\":6291456},"
            + "\"broken_off\":41}}");
    assertThat(json.get("not_run"))
        .hasToString("[{\"check\":\"revoked\",\"why\":\"it needs --ca-dir\"}]");
  }

  @Test
  void schemaRefusesWhatIsOfAnotherShape() throws IOException {
    JsonObject json = JsonParser.parseString(ReportFormat.JSON.write(REPORT)).getAsJsonObject();
    json.addProperty("more", 1);
    json.remove("millis");
    json.getAsJsonArray("findings").get(0).getAsJsonObject().addProperty("severity", "awful");
    json.getAsJsonArray("passed").add("No Such Name");

    assertThat(schema().problems(json)).hasSize(4);
  }

  private static JsonSchema schema() throws IOException {
    try (Reader in = new InputStreamReader(
        Objects.requireNonNull(Report.class.getResourceAsStream("report.schema.json")),
        StandardCharsets.UTF_8)) {
      return new JsonSchema(JsonParser.parseReader(in).getAsJsonObject());
    }
  }

  @Test
  void junitFailsForFindingsAndSkipsWhatDidNotRun() throws Exception {
    Element suite = DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(
            ReportFormat.JUNIT.write(REPORT).getBytes(StandardCharsets.UTF_8)))
        .getDocumentElement();

    assertThat(suite.getAttribute("tests")).isEqualTo("5");
    assertThat(suite.getAttribute("failures")).isEqualTo("2");
    assertThat(suite.getAttribute("skipped")).isEqualTo("1");
    assertThat(suite.getElementsByTagName("testcase").getLength()).isEqualTo(5);
    NodeList failures = suite.getElementsByTagName("failure");
    assertThat(((Element) failures.item(0)).getAttribute("type")).isEqualTo("critical");
    assertThat(((Element) failures.item(0)).getAttribute("message"))
        .contains("<script>")
        .doesNotContain("\u001b");
    assertThat(suite.getElementsByTagName("skipped").getLength()).isEqualTo(1);
  }

  @Test
  void pageLoadsNothingAndShowsWhatPeersSaidAsText() {
    String page = ReportFormat.HTML.write(REPORT);

    assertThat(page)
        .contains("default-src 'none'", "2 findings", "2 passed", "1 not run", "RFC &lt;1&gt;")
        .contains("&lt;script&gt;")
        .doesNotContain("<script", "http://", "https://", "src=", "url(", "\u001b");
    assertThat(page.split("127\\.0\\.0\\.1:8443", -1))
        .as("a placeholder inside of text is text")
        .hasSize(3);
  }

  @Test
  void pageHasARowOfFiguresForEachMeasurementAndMarksWhatIsSlow() {
    assertThat(ReportFormat.HTML.write(REPORT))
        .contains("<th scope=\"row\">ping-flood</th><td>1000</td><td>99.9 %</td><td>10.0</td>"
            + "<td class=\"slow\">60.0</td><td>12.3</td><td>2 / 60 / 3</td>"
            + "<td>100 / 120 / 110</td><td>41</td></tr>");
  }

  @Test
  void textTellsFindingsFirstAndWorstFirst() {
    String text = ReportFormat.TEXT.write(REPORT);

    assertThat(text)
        .containsSubsequence(
            "critical  no-certificate: a nameless client",
            "remedy  Mend it.",
            "low  denial-tells",
            "not run",
            "revoked: it needs --ca-dir",
            "2 findings, 2 passed, 1 not run, in 78 s");
    assertThat(text).doesNotContain("\u001b");
  }

  @Test
  void onlyTheTerminalsReportHasColours() {
    assertThat(ReportFormat.coloured(REPORT))
        .contains("\u001b[1;31mcritical\u001b[0m")
        .doesNotContain("\u001b[31m\n");
  }

  @Test
  void everyCheckSaysWhatItIs() {
    assertThat(Assessment.checks()).allSatisfy(check -> {
      assertThat(check.name()).matches("[a-z0-9]+(-[a-z0-9]+)*");
      assertThat(List.of(check.tries(), check.safe(), check.remedy()))
          .allSatisfy(text -> assertThat(text).matches("[0-9A-Z].+\\."));
      assertThat(check.source()).isNotBlank();
    });
    assertThat(Assessment.checks()).hasSizeGreaterThan(120);
  }
}
