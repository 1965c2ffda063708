package dev.countersign.assessment;

import dev.countersign.assessment.Outcome.Finding;
import dev.countersign.assessment.Outcome.NotRun;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A report for people: findings first, then what could not be tried, then a line on the rest. */
final class TextReport {
  private final Paint paint;
  private final StringBuilder out = new StringBuilder();

  TextReport(Paint paint) {
    this.paint = paint;
  }

  String of(Report report) {
    line(paint.bold("assessment of " + report.target() + " over " + report.transport()) + ", "
        + report.started().truncatedTo(ChronoUnit.SECONDS));
    line("");
    report.findings().forEach(this::finding);
    notRun(report.notRun());
    summary(report);
    return out.toString();
  }

  private void finding(Result result) {
    About check = result.check();
    String summary = ((Finding) result.outcome()).summary();
    line(paint.bad(check.severity(), check.severity().label()) + "  " + paint.bold(check.name())
        + ": " + summary);
    line("  tried   " + check.tries());
    line("  safe    " + check.safe());
    line("  remedy  " + check.remedy());
    line("  source  " + check.source());
    line("");
  }

  private void notRun(List<Result> results) {
    if (results.isEmpty()) {
      return;
    }
    line(paint.bold("not run"));
    for (Result result : results) {
      line("  " + result.check().name() + ": " + paint.soft(((NotRun) result.outcome()).why()));
    }
    line("");
  }

  private void summary(Report report) {
    String findings = count(report.findings().size(), "finding");
    int passed = report.passed().size();
    line((report.findings().isEmpty()
            ? paint.good(findings)
            : paint.bad(report.findings().get(0).check().severity(), findings))
        + ", " + passed + " passed, " + report.notRun().size() + " not run, in "
        + report.took().toSeconds() + " s");
  }

  private static String count(int number, String noun) {
    return number == 0 ? "no " + noun + "s" : number + " " + noun + (number == 1 ? "" : "s");
  }

  private void line(String text) {
    out.append(text).append('\n');
  }
}
