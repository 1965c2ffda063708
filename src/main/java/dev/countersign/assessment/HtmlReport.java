package dev.countersign.assessment;

import dev.countersign.assessment.Outcome.Finding;
import dev.countersign.assessment.Outcome.NotRun;
import dev.countersign.assessment.Outcome.Passed;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;

/** A report as a page: how it stands, what was found, and every check by group. */
final class HtmlReport {
  private static final String TEMPLATE = "report.html";

  private final Report report;
  private final StringBuilder out = new StringBuilder();

  private HtmlReport(Report report) {
    this.report = report;
  }

  static String of(Report report) {
    return template()
        .replace("{{target}}", escape(report.target()))
        .replace("{{transport}}", escape(report.transport()))
        .replace("{{method}}", escape(report.method()))
        .replace("{{started}}", report.started().truncatedTo(ChronoUnit.SECONDS).toString())
        .replace("{{took}}", String.valueOf(report.took().toSeconds()))
        .replace("{{verdict}}", verdict(report))
        .replace("{{state}}", report.findings().isEmpty() ? "good" : "bad")
        .replace("{{tally}}", tally(report))
        .replace("{{findings}}", new HtmlReport(report).findings())
        .replace("{{groups}}", new HtmlReport(report).groups())
        .replace("{{measured}}", HtmlMeasurements.of(report));
  }

  private static String verdict(Report report) {
    int findings = report.findings().size();
    return switch (findings) {
      case 0 -> "Nothing found";
      case 1 -> "One finding";
      default -> findings + " findings";
    };
  }

  private static String tally(Report report) {
    StringBuilder tally = new StringBuilder();
    for (Severity severity : Severity.values()) {
      long count = report.findings().stream()
          .filter(result -> result.check().severity() == severity)
          .count();
      if (count > 0) {
        chip(tally, severity.label(), count + " " + severity.label());
      }
    }
    chip(tally, "passed", report.passed().size() + " passed");
    chip(tally, "not-run", report.notRun().size() + " not run");
    return tally.toString();
  }

  private static void chip(StringBuilder to, String kind, String text) {
    to.append("<span class=\"chip ").append(kind).append("\">").append(text).append("</span>\n");
  }

  private String findings() {
    List<Result> findings = report.findings();
    for (Result result : findings) {
      About check = result.check();
      out.append("<article class=\"").append(check.severity().label()).append("\">\n<header>");
      chip(out, check.severity().label(), check.severity().label());
      out.append("<h3>")
          .append(escape(check.name()))
          .append("</h3></header>\n<p class=\"summary\">");
      out.append(escape(((Finding) result.outcome()).summary())).append("</p>\n<dl>");
      entry("Tried", check.tries());
      entry("Safe", check.safe());
      entry("Remedy", check.remedy());
      entry("Source", check.source());
      out.append("</dl>\n</article>\n");
    }
    return findings.isEmpty() ? "" : "<h2>Findings</h2>\n" + out;
  }

  private void entry(String term, String text) {
    out.append("<dt>").append(term).append("</dt><dd>").append(escape(text)).append("</dd>");
  }

  private String groups() {
    for (Group group : Group.values()) {
      List<Result> members = report.results().stream()
          .filter(result -> result.check().group() == group)
          .toList();
      if (!members.isEmpty()) {
        long passed = members.stream()
            .filter(result -> result.outcome() instanceof Passed)
            .count();
        out.append("<section>\n<h2>").append(escape(group.title())).append(" <small>");
        out.append(passed).append(" of ").append(members.size()).append(" passed</small></h2>\n");
        out.append("<table>\n<thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Result</th>"
            + "<th scope=\"col\">What was tried, what was seen</th></tr></thead>\n<tbody>\n");
        members.forEach(this::row);
        out.append("</tbody>\n</table>\n</section>\n");
      }
    }
    return out.toString();
  }

  private void row(Result result) {
    About check = result.check();
    out.append("<tr><th scope=\"row\">").append(escape(check.name())).append("</th><td>");
    String seen;
    if (result.outcome() instanceof Finding finding) {
      chip(out, check.severity().label(), check.severity().label());
      seen = finding.summary();
    } else if (result.outcome() instanceof NotRun notRun) {
      chip(out, "not-run", "not run");
      seen = notRun.why();
    } else {
      chip(out, "passed", "passed");
      seen = ((Passed) result.outcome()).seen();
    }
    out.append("</td><td>").append(escape(check.tries()));
    out.append("<small>").append(escape(seen)).append("</small></td></tr>\n");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("{", "&#123;");
  }

  private static String template() {
    try (InputStream in = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(TEMPLATE))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + TEMPLATE + " cannot be read", e);
    }
  }
}
