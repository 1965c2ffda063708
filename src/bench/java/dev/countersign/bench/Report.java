package dev.countersign.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the benchmarks of one run left: as a table, as JSON, and as a page. Arguments: the file of records, {@code --json
 * FILE}, {@code --html FILE}, {@code --markdown FILE} (tables for a document), {@code --check NAME,NAME}: exits 1 unless each of these gave figures and none is absurd.
 */
final class Report {
  private final List<Map<String, Object>> records;

  private Report(List<Map<String, Object>> records) {
    this.records = records;
  }

  public static void main(String[] args) throws IOException {
    Report report = new Report(Records.read(Path.of(args[0])));
    report.print();
    List<String> wrong = List.of();
    for (int i = 1; i < args.length; i += 2) {
      switch (args[i]) {
        case "--json" -> report.json(Path.of(args[i + 1]));
        case "--markdown" -> Files.writeString(Path.of(args[i + 1]), report.markdown());
        case "--html" -> Files.writeString(Path.of(args[i + 1]), ReportPage.of(report));
        default -> wrong = report.wrong(List.of(args[i + 1].split(",")));
      }
    }
    wrong.forEach(each -> System.out.println("bench: error: " + each));
    System.exit(wrong.isEmpty() ? 0 : 1);
  }

  /** The records of one kind, by benchmark, in the order of the run. */
  Map<String, List<Map<String, Object>>> byBench(String kind) {
    return records.stream()
        .filter(each -> kind.equals(each.get("kind")) && each.containsKey("bench"))
        .collect(Collectors.groupingBy(
            each -> (String) each.get("bench"), LinkedHashMap::new, Collectors.toList()));
  }

  /** The lines about the machine as a whole, in the order of the run. */
  List<String> run() {
    return records.stream()
        .filter(each -> each.containsKey("said"))
        .map(each -> (String) each.get("said"))
        .toList();
  }

  private void print() {
    byBench("figure").forEach((bench, figures) -> {
      System.out.printf("%n%s%n", bench);
      figures.forEach(each -> System.out.println("  " + Figure.line(each)));
    });
    System.out.println();
    run().forEach(System.out::println);
    byBench("machine").values().stream()
        .flatMap(List::stream)
        .map(MachineState::line)
        .forEach(System.out::println);
  }

  private void json(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map<String, Object> each : records) {
      lines.add(Records.line(each));
    }
    Files.writeString(file, "[\n" + String.join(",\n", lines) + "\n]\n");
  }

  private String markdown() {
    StringBuilder text = new StringBuilder();
    byBench("figure").forEach((bench, figures) -> {
      text.append("`scripts/bench.sh ")
          .append(bench)
          .append("`\n\n| | measured | ratio | beside | bar |\n| --- | --- | --- | --- | --- |\n");
      for (Map<String, Object> each : figures) {
        text.append("| ")
            .append(each.get("name"))
            .append(" | ")
            .append(Figure.measuredText(each))
            .append(" | ")
            .append(Figure.ratioText(each))
            .append(" | ")
            .append(each.getOrDefault("baseline", ""))
            .append(" | ")
            .append(Figure.barText(each))
            .append(" |\n");
      }
      text.append('\n');
      byBench("machine")
          .getOrDefault(bench, List.of())
          .forEach(each -> text.append(MachineState.line(each)).append("\n\n"));
    });
    return text.toString();
  }

  /** What shows that a benchmark did not do what it is for. */
  private List<String> wrong(List<String> expected) {
    List<String> wrong = new ArrayList<>();
    Map<String, List<Map<String, Object>>> figures = byBench("figure");
    for (String bench : expected) {
      if (!figures.containsKey(bench)) {
        wrong.add("\"" + bench + "\" gave no figure");
      }
    }
    figures.values().stream().flatMap(List::stream).forEach(figure -> {
      if (!figure.containsKey("ratio") && !figure.containsKey("median")) {
        wrong.add("\"%s\" has no number".formatted(figure.get("name")));
      }
      if (figure.containsKey("ratio") && isAbsurd(figure)) {
        wrong.add("\"%s\" of %s has a ratio out of all bounds: %s (%s to %s)"
            .formatted(
                figure.get("name"),
                figure.get("bench"),
                figure.get("ratio"),
                figure.get("leastSane"),
                figure.get("mostSane")));
      }
    });
    return wrong;
  }

  private static boolean isAbsurd(Map<String, Object> figure) {
    double ratio = (double) figure.get("ratio");
    return ratio < (double) figure.get("leastSane") || ratio > (double) figure.get("mostSane");
  }
}
