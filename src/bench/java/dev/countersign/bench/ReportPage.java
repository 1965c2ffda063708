package dev.countersign.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A run as one HTML page that needs nothing else: a table and a plot for each benchmark, and what else ran. */
final class ReportPage {
  private static final String HEAD = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>Countersign: figures of one run</title>
      <style>
      body { font: 15px/1.45 system-ui, sans-serif; max-width: 64em; margin: 2em auto; padding: 0 1em; color: #1b1f24; }
      h1 { font-size: 1.5em; } h2 { font-size: 1.2em; margin: 2em 0 .4em; }
      table { border-collapse: collapse; width: 100%; font-size: .92em; }
      th, td { text-align: left; padding: .25em .7em .25em 0; border-bottom: 1px solid #d8dee4; }
      td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
      .met { color: #1a7f37; } .missed { color: #b35900; font-weight: 600; }
      .machine { color: #57606a; font-size: .88em; }
      svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; margin: .6em 0; }
      </style>
      </head>
      <body>
      <h1>Countersign: figures of one run</h1>
      """;

  private ReportPage() {}

  static String of(Report report) {
    StringBuilder page = new StringBuilder(HEAD);
    report
        .run()
        .forEach(
            line -> page.append("<p class=\"machine\">").append(escape(line)).append("</p>\n"));
    page.append(
        "<p>Ratios are medians over the rounds of one run; in brackets, and as a line in the"
            + " plots, the middle half. The red mark is the bar.</p>\n");
    Map<String, List<Map<String, Object>>> machine = report.byBench("machine");
    Map<String, List<Map<String, Object>>> points = report.byBench("point");
    report.byBench("figure").forEach((bench, figures) -> {
      page.append("<h2>").append(escape(bench)).append("</h2>\n");
      machine
          .getOrDefault(bench, List.of())
          .forEach(each -> page.append("<p class=\"machine\">")
              .append(escape(MachineState.line(each)))
              .append("</p>\n"));
      table(page, figures);
      page.append(RatioPlot.of(figures));
      byPlot(points.getOrDefault(bench, List.of()))
          .forEach((plot, those) -> page.append(GrowthPlot.of(plot, those)));
    });
    return page.append("</body>\n</html>\n").toString();
  }

  private static Map<String, List<Map<String, Object>>> byPlot(List<Map<String, Object>> points) {
    return points.stream()
        .collect(Collectors.groupingBy(
            each -> (String) each.get("plot"), LinkedHashMap::new, Collectors.toList()));
  }

  private static void table(StringBuilder page, List<Map<String, Object>> figures) {
    page.append("<table><tr><th>figure</th><th>measured</th><th>ratio</th><th>beside</th>"
        + "<th>bar</th></tr>\n");
    for (Map<String, Object> each : figures) {
      page.append("<tr><td>").append(escape(each.get("name"))).append("</td><td class=\"n\">");
      boolean met = Boolean.TRUE.equals(each.get("met"));
      page.append(escape(Figure.measuredText(each)))
          .append("</td><td class=\"n\">")
          .append(Figure.ratioText(each))
          .append("</td><td>")
          .append(escape(each.getOrDefault("baseline", "")))
          .append("</td><td class=\"")
          .append(met ? "met" : "missed")
          .append("\">")
          .append(escape(Figure.barText(each)))
          .append("</td></tr>\n");
    }
    page.append("</table>\n");
  }

  static String escape(Object text) {
    return text.toString()
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
