package dev.countersign.bench;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How figures grow: a line for each series, both axes from zero so that a straight line through it is linear growth. */
final class GrowthPlot {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 300;
  private static final int LEFT = 80;
  private static final int RIGHT = 190;
  private static final int BOTTOM = 30;
  private static final int TOP = 28;
  private static final int STEPS = 4;
  private static final List<String> COLOURS =
      List.of("#0969da", "#b35900", "#1a7f37", "#8250df", "#cf222e", "#57606a");

  private final StringBuilder svg = new StringBuilder();
  private final double mostX;
  private final double mostY;

  private GrowthPlot(List<Map<String, Object>> points) {
    mostX = most(points, "x");
    mostY = most(points, "y");
  }

  static String of(String title, List<Map<String, Object>> points) {
    return new GrowthPlot(points).draw(title, points);
  }

  private String draw(String title, List<Map<String, Object>> points) {
    String escaped = ReportPage.escape(title);
    line("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT, escaped);
    line("<text x=\"%d\" y=\"14\" font-weight=\"600\">%s</text>", LEFT, escaped);
    for (int i = 0; i <= STEPS; i++) {
      double x = mostX * i / STEPS;
      double y = mostY * i / STEPS;
      line(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#d8dee4\"/>",
          LEFT, WIDTH - RIGHT, y(y), y(y));
      line(
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#57606a\">%s</text>",
          LEFT - 8, y(y) + 4, Figure.text(y));
      line(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#57606a\">%s</text>",
          x(x), HEIGHT - 8, Figure.text(x));
    }
    Map<Object, List<Map<String, Object>>> series = points.stream()
        .collect(Collectors.groupingBy(
            each -> each.get("series"), LinkedHashMap::new, Collectors.toList()));
    int number = 0;
    for (var each : series.entrySet()) {
      series(each.getKey(), each.getValue(), number++);
    }
    return svg.append("</svg>\n").toString();
  }

  private void series(Object name, List<Map<String, Object>> points, int number) {
    String colour = COLOURS.get(number % COLOURS.size());
    String path = points.stream()
        .sorted(Comparator.comparingDouble(each -> (double) each.get("x")))
        .map(each -> String.format(
            Locale.ROOT, "%.1f,%.1f", x((double) each.get("x")), y((double) each.get("y"))))
        .collect(Collectors.joining(" "));
    line("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>", path, colour);
    for (Map<String, Object> each : points) {
      line(
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>",
          x((double) each.get("x")), y((double) each.get("y")), colour);
    }
    line(
        "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
        WIDTH - RIGHT + 12, TOP + 12 + 18 * number, colour, ReportPage.escape(name));
  }

  private double x(double value) {
    return LEFT + value / mostX * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - value / mostY * (HEIGHT - BOTTOM - TOP);
  }

  private static double most(List<Map<String, Object>> points, String axis) {
    double most =
        points.stream().mapToDouble(each -> (double) each.get(axis)).max().orElse(1);
    return most > 0 ? most : 1;
  }

  private void line(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
