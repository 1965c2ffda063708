package dev.countersign.cli;

import dev.countersign.assessment.Report;
import dev.countersign.assessment.ReportFormat;
import dev.countersign.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** In which forms a report is written, and where to; each file takes the form that was named in the same place. */
final class ReportOptions {
  @Option(
      names = "--format",
      paramLabel = "text|json|junit|html",
      converter = FormatConverter.class,
      description = "The report's form (default: text); may be repeated, each with its --out.")
  private List<ReportFormat> formats = List.of();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the report goes (default: standard output); may be repeated.")
  private List<Path> files = List.of();

  /** Refuses flags that do not tell which report goes where. */
  void requirePairs() {
    int most = Math.max(1, formats.size());
    if (files.size() > most || formats.size() > files.size() + 1) {
      throw CommandException.usage(
          "reports and files do not pair: " + formats.size() + " of --format and " + files.size()
              + " of --out (one --out for each --format; the last may go to standard output)");
    }
  }

  /** Writes the files, and to standard output what has none: if nothing is left, the report for people. */
  void write(Report report, Terminal terminal) throws IOException {
    for (int i = 0; i < files.size(); i++) {
      ReportFormat format = formats.isEmpty() ? ReportFormat.TEXT : formats.get(i);
      AtomicFile.write(
          files.get(i),
          format.write(report).getBytes(StandardCharsets.UTF_8),
          AtomicFile.Rights.PUBLIC);
      terminal.say("wrote " + Printable.of(files.get(i).toString()));
    }
    ReportFormat shown =
        formats.size() > files.size() ? formats.get(files.size()) : ReportFormat.TEXT;
    terminal
        .out()
        .print(
            shown == ReportFormat.TEXT && Colours.wanted(terminal.environment())
                ? ReportFormat.coloured(report)
                : shown.write(report));
  }

  private static final class FormatConverter implements ITypeConverter<ReportFormat> {
    @Override
    public ReportFormat convert(String text) {
      for (ReportFormat format : ReportFormat.values()) {
        if (format.name().toLowerCase(Locale.ROOT).equals(text)) {
          return format;
        }
      }
      throw new TypeConversionException(
          "has an unknown value: " + Printable.quoted(text) + " (text, json, junit or html)");
    }
  }
}
