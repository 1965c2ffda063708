package dev.countersign.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One figure of a benchmark: what was measured, its ratio to what stands beside it, and the bar it is held against.
 *
 * <pre>{@code
 * Figure.of("guard", "10 rules: calls a second").measured(85_000, "calls/s")
 *     .beside("bare grpc-java", ratios).ratioAtLeast(0.98).record();
 * }</pre>
 */
public final class Figure {
  /** Beyond a factor of 50 either way, a ratio says that something else was measured. */
  private static final double ABSURD = 50;

  private final Map<String, Object> values = new LinkedHashMap<>();
  private double measured = Double.NaN;
  private double ratio = Double.NaN;

  private Figure(String bench, String name) {
    values.put("kind", "figure");
    values.put("bench", bench);
    values.put("name", name);
  }

  /** A figure of a benchmark of {@code scripts/bench.sh}; the name is unique in it. */
  public static Figure of(String bench, String name) {
    return new Figure(bench, name);
  }

  /** The median of what was measured. */
  public Figure measured(double median, String unit) {
    measured = median;
    values.put("median", median);
    values.put("unit", unit);
    return this;
  }

  /** The ratio to something measured in the same run. */
  public Figure beside(String baseline, Quartiles ratios) {
    ratio = ratios.median();
    values.put("baseline", baseline);
    values.put("ratio", ratios.median());
    values.put("low", ratios.low());
    values.put("high", ratios.high());
    return saneBetween(1 / ABSURD, ABSURD);
  }

  /** The ratio to something that was measured once in the same run. */
  public Figure beside(String baseline, double once) {
    return beside(baseline, Quartiles.of(once));
  }

  /** What a ratio must lie between even in a run that only shows that the benchmark works. */
  public Figure saneBetween(double least, double most) {
    values.put("leastSane", least);
    values.put("mostSane", most);
    return this;
  }

  /** The ratio should be at least this. */
  public Figure ratioAtLeast(double bar) {
    return bar(">= " + text(bar), ratio >= bar);
  }

  /** The ratio should be at most this. */
  public Figure ratioAtMost(double bar) {
    return bar("<= " + text(bar), ratio <= bar);
  }

  /** What was measured should be at most this, in its unit. */
  public Figure atMost(double bar) {
    return bar(("<= " + text(bar) + " " + values.get("unit")).strip(), measured <= bar);
  }

  private Figure bar(String text, boolean met) {
    values.put("bar", text);
    values.put("met", met);
    return this;
  }

  /** Prints the figure and leaves it in the file of the run. */
  public void record() {
    System.out.println(line(values));
    Records.append(values);
  }

  /** A point of a curve: how a figure grows with something. */
  public static void point(Curve curve, double x, double y) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("kind", "point");
    values.put("bench", curve.bench());
    values.put("plot", curve.plot());
    values.put("series", curve.series());
    values.put("x", x);
    values.put("y", y);
    System.out.printf(
        Locale.ROOT, "%s, %s: at %s %s%n", curve.plot(), curve.series(), text(x), text(y));
    Records.append(values);
  }

  /**
   * Which curve a point belongs to.
   *
   * @param bench the benchmark
   * @param plot the title of the plot: what grows, in which unit, with what
   * @param series the lane
   */
  public record Curve(String bench, String plot, String series) {}

  /** A figure as one line of a table. */
  static String line(Map<String, Object> values) {
    String ratio = ratioText(values);
    String bar = barText(values);
    return "%-60s %18s %s%s"
        .formatted(
            values.get("name"),
            measuredText(values),
            ratio.isEmpty() ? "" : "x%s of %s".formatted(ratio, values.get("baseline")),
            bar.isEmpty() ? "" : "   bar " + bar)
        .stripTrailing();
  }

  /** What was measured, in its unit. */
  static String measuredText(Map<String, Object> values) {
    return values.containsKey("median")
        ? (text(values.get("median")) + " " + values.get("unit")).strip()
        : "";
  }

  /** The ratio and, in brackets, its middle half. */
  static String ratioText(Map<String, Object> values) {
    return values.containsKey("ratio")
        ? "%s (%s to %s)"
            .formatted(text(values.get("ratio")), text(values.get("low")), text(values.get("high")))
        : "";
  }

  /** The bar and what became of it. */
  static String barText(Map<String, Object> values) {
    return values.containsKey("bar")
        ? values.get("bar") + (Boolean.TRUE.equals(values.get("met")) ? ": met" : ": missed")
        : "";
  }

  /** Three digits are more than any of these figures is worth. */
  static String text(Object number) {
    double value = ((Number) number).doubleValue();
    double size = Math.abs(value);
    if (size >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 0.01 ? "%.3f" : "%.5f", value);
  }
}
