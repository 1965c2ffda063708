package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/threats.md} says is so: every case is in it, and everything that it names exists. */
final class ThreatsTest {
  private static final Pattern ROW = Pattern.compile("\\| ([A-Z]\\d+) \\| [^|]+ \\| ([^|]+) \\|");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");
  private static final Pattern TEST_NAME =
      Pattern.compile("([A-Z]\\w+(?:IT|Test))(?:\\.([a-z]\\w+))?");
  private static final Pattern SCRIPT_CHECK = Pattern.compile("([a-z-]+)\\.sh ([a-z0-9-]+)");
  private static final Path TESTS = Path.of("src/test/java");

  private record Row(String id, String answer) {
    List<String> names() {
      return NAME.matcher(answer).results().map(match -> match.group(1)).toList();
    }
  }

  private final List<Row> rows;

  ThreatsTest() throws IOException {
    rows = Files.readAllLines(Path.of("docs/threats.md")).stream()
        .flatMap(line -> ROW.matcher(line).results())
        .map(match -> new Row(match.group(1), match.group(2)))
        .toList();
  }

  @Test
  void answersEveryCaseOnce() throws IOException {
    List<String> ids = Files.readAllLines(Path.of("src/test/resources/threats/ids.txt"));

    assertThat(rows).extracting(Row::id).containsExactlyElementsOf(ids);
  }

  @Test
  void everyAnswerIsACheckOrATestOrSaysThatItIsADecision() {
    assertThat(rows)
        .filteredOn(row -> row.names().isEmpty())
        .isNotEmpty()
        .allSatisfy(row -> assertThat(row.answer()).startsWith("**decision**: "));
  }

  @Test
  void everythingThatIsNamedExists() throws IOException {
    Set<String> checks = Assessment.checks().stream().map(About::name).collect(Collectors.toSet());
    for (Row row : rows) {
      for (String name : row.names()) {
        assertThat(checks.contains(name) || isTest(name) || isCheckOfScript(name))
            .as("%s names %s", row.id(), name)
            .isTrue();
      }
    }
  }

  @Test
  void everyCheckAnswersSomething() {
    Set<String> named =
        rows.stream().flatMap(row -> row.names().stream()).collect(Collectors.toSet());

    assertThat(Assessment.checks())
        .extracting(About::name)
        .filteredOn(name -> !name.equals("still-serves"))
        .isSubsetOf(named);
  }

  /** A script's checks are named in quotes in the sources that lie in the folder of its name. */
  private static boolean isCheckOfScript(String name) throws IOException {
    Matcher parts = SCRIPT_CHECK.matcher(name);
    if (!parts.matches() || !Files.exists(Path.of("scripts", parts.group(1) + ".sh"))) {
      return false;
    }
    try (Stream<Path> files = Files.walk(Path.of("scripts", parts.group(1)))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file).contains('"' + parts.group(2) + '"')) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isTest(String name) throws IOException {
    List<MatchResult> parts = TEST_NAME.matcher(name).results().toList();
    if (parts.size() != 1 || !parts.get(0).group().equals(name)) {
      return false;
    }
    String method = parts.get(0).group(2);
    try (Stream<Path> files = Files.walk(TESTS)) {
      for (Path file : files.toList()) {
        if (file.endsWith(parts.get(0).group(1) + ".java")) {
          return method == null || Files.readString(file).contains("void " + method + "(");
        }
      }
    }
    return false;
  }
}
