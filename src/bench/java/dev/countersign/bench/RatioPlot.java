package dev.countersign.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ratios of a benchmark, one below the other on a logarithmic scale, with their middle half and their bar. */
final class RatioPlot {
  private static final int WIDTH = 900;
  private static final int LABELS = 380;
  private static final int ROW = 22;
  private static final double[] TICKS = {
    0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 5, 10, 20, 50, 100,
    1000
  };
  private static final Pattern RATIO_BAR = Pattern.compile("[<>]= ([\\d.,]+)");

  private final StringBuilder svg = new StringBuilder();
  private double least = 0.9;
  private double most = 1.12;

  private RatioPlot() {}

  static String of(List<Map<String, Object>> figures) {
    List<Map<String, Object>> ratios =
        figures.stream().filter(each -> each.containsKey("ratio")).toList();
    return ratios.isEmpty() ? "" : new RatioPlot().draw(ratios);
  }

  private String draw(List<Map<String, Object>> ratios) {
    for (Map<String, Object> each : ratios) {
      least = Math.min(least, number(each, "low") / 1.05);
      most = Math.max(most, number(each, "high") * 1.05);
      double bar = bar(each);
      least = Math.min(least, bar / 1.05);
      most = Math.max(most, bar * 1.05);
    }
    int height = ROW * (ratios.size() + 1) + 8;
    line("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"ratios\">", WIDTH, height);
    double last = -100;
    for (double tick : TICKS) {
      if (tick >= least && tick <= most && (x(tick) - last > 34 || tick == 1)) {
        last = x(tick);
        line(
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\" stroke=\"%s\"/>",
            x(tick), x(tick), height - ROW, tick == 1 ? "#57606a" : "#d8dee4");
        line(
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#57606a\">%s</text>",
            x(tick), height - 8, Figure.text(tick).replaceAll("(\\.\\d*?)0+$", "$1"));
      }
    }
    int y = ROW / 2 + 2;
    for (Map<String, Object> each : ratios) {
      row(each, y);
      y += ROW;
    }
    return svg.append("</svg>\n").toString();
  }

  private void row(Map<String, Object> figure, int y) {
    line("<text x=\"0\" y=\"%d\">%s</text>", y + 4, ReportPage.escape(figure.get("name")));
    line(
        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#0969da\" stroke-width=\"3\"/>",
        x(number(figure, "low")), x(number(figure, "high")), y, y);
    line("<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"#0969da\"/>", x(number(figure, "ratio")), y);
    double at = x(bar(figure));
    if (RATIO_BAR.matcher(String.valueOf(figure.get("bar"))).matches()) {
      line(
          "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#cf222e\" stroke-width=\"2\"/>",
          at, at, y - 8, y + 8);
    }
  }

  /** The bar of a ratio; 1 where there is none, or none of the ratio. */
  private static double bar(Map<String, Object> figure) {
    Matcher bar = RATIO_BAR.matcher(String.valueOf(figure.get("bar")));
    return bar.matches() ? Double.parseDouble(bar.group(1).replace(",", "")) : 1;
  }

  private double x(double ratio) {
    double part = Math.log(ratio / least) / Math.log(most / least);
    return LABELS + Math.max(0, Math.min(1, part)) * (WIDTH - LABELS - 20);
  }

  private static double number(Map<String, Object> figure, String name) {
    return (double) figure.get(name);
  }

  private void line(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
