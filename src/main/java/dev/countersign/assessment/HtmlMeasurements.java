package dev.countersign.assessment;

import dev.countersign.assessment.Measurement.Cost;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToLongFunction;

/** A table of what a well-behaved client got while somebody misbehaved, and of what that cost the server if it told. */
final class HtmlMeasurements {
  private static final double GOAL = 5;

  /** Below this a growth is the machine's own unrest: so many milliseconds nobody notices. */
  private static final long NOTICED_MILLIS = 20;

  private static final long MIB = 1 << 20;

  private final StringBuilder out = new StringBuilder();

  private HtmlMeasurements() {}

  /** The table; empty if nothing was measured. */
  static String of(Report report) {
    List<Result> measured = report.measured();
    return measured.isEmpty() ? "" : new HtmlMeasurements().table(measured);
  }

  private String table(List<Result> measured) {
    boolean told = measured.stream().anyMatch(result -> measurement(result).cost() != null);
    out.append(
        "<section>\n<h2>A well-behaved client meanwhile</h2>\n<p class=\"facts\">Calls over a"
            + " connection of its own before, while and after somebody misbehaved. 99th percentiles in"
            + " milliseconds; more than five times of calm is marked if it could be noticed.");
    if (told) {
      out.append(" The server's own word: before, the most meanwhile, after.");
    }
    out.append("</p>\n<table class=\"figures\">\n<thead><tr><th scope=\"col\">Abuse</th>");
    List.of("Calls", "Succeeded", "Calm", "During", "After").forEach(this::heading);
    if (told) {
      List.of("Connections", "Memory, MiB", "Ended by it").forEach(this::heading);
    }
    out.append("</tr></thead>\n<tbody>\n");
    measured.forEach(result -> row(result, told));
    return out.append("</tbody>\n</table>\n</section>\n").toString();
  }

  private static Measurement measurement(Result result) {
    return Objects.requireNonNull(result.outcome().measurement());
  }

  private void heading(String text) {
    out.append("<th scope=\"col\">").append(text).append("</th>");
  }

  private void row(Result result, boolean told) {
    Measurement felt = measurement(result);
    out.append("<tr><th scope=\"row\">").append(result.check().name()).append("</th>");
    cell(String.valueOf(felt.calls()));
    cell(
        String.format(Locale.ROOT, felt.failed() == 0 ? "%.0f %%" : "%.1f %%", felt.successRate()));
    cell(Millis.of(felt.calm()));
    boolean slow = felt.slowdown() > GOAL && felt.during().toMillis() > NOTICED_MILLIS;
    out.append(slow ? "<td class=\"slow\">" : "<td>").append(Millis.of(felt.during()));
    out.append("</td>");
    cell(Millis.of(felt.after()));
    if (told) {
      Cost cost = felt.cost();
      cell(cost == null ? "" : three(cost, Reading::connections));
      cell(cost == null ? "" : three(cost, reading -> reading.residentBytes() / MIB));
      cell(cost == null ? "" : String.valueOf(cost.brokenOff()));
    }
    out.append("</tr>\n");
  }

  private void cell(String text) {
    out.append("<td>").append(text).append("</td>");
  }

  private static String three(Cost cost, ToLongFunction<Reading> of) {
    return of.applyAsLong(cost.before()) + " / " + of.applyAsLong(cost.most()) + " / "
        + of.applyAsLong(cost.after());
  }
}
