package dev.countersign.assessment;

/** How a report is written. */
public enum ReportFormat {
  /** For people. */
  TEXT {
    @Override
    public String write(Report report) {
      return new TextReport(Paint.NONE).of(report);
    }
  },
  /** For programs; {@code report.schema.json} beside this class says what is in it. */
  JSON {
    @Override
    public String write(Report report) {
      return JsonReport.of(report);
    }
  },
  /** For CI, as JUnit writes it. */
  JUNIT {
    @Override
    public String write(Report report) {
      return JunitReport.of(report);
    }
  },
  /** A page that needs nothing else, for a screen and for paper. */
  HTML {
    @Override
    public String write(Report report) {
      return HtmlReport.of(report);
    }
  };

  /** The report as text that ends with a line break. */
  public abstract String write(Report report);

  /** The report for people at a terminal. */
  public static String coloured(Report report) {
    return new TextReport(Paint.COLOURS).of(report);
  }
}
