package dev.countersign.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each promise of {@code SECURITY.md} names tests, and they exist. */
final class SecurityPromisesTest {
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  private final Map<String, List<String>> files;

  SecurityPromisesTest() throws IOException {
    files = SourceTree.here().files();
  }

  @Test
  void everyPromiseNamesWhatHoldsIt() {
    List<String> promises = promises();
    assertThat(promises).hasSizeGreaterThan(10);
    assertThat(promises).allSatisfy(row -> {
      List<String> names = names(row);
      assertThat(names).as(row).isNotEmpty().allMatch(this::exists);
    });
  }

  @Test
  void namesThatDoNotExistAreSeen() {
    assertThat(exists("SecurityPromisesTest.namesThatDoNotExistAreSeen")).isTrue();
    assertThat(exists("SecurityPromisesTest")).isTrue();
    assertThat(exists("SecurityPromisesTest.anythingElse")).isFalse();
    assertThat(exists("AnythingElseTest")).isFalse();
    assertThat(exists("scripts/anything-else.sh")).isFalse();
  }

  private List<String> promises() {
    return files.getOrDefault("SECURITY.md", List.of()).stream()
        .filter(
            line -> line.startsWith("| ") && !line.startsWith("| promise") && !line.contains("---"))
        .toList();
  }

  private static List<String> names(String row) {
    String last = row.substring(row.lastIndexOf('|', row.length() - 2));
    return NAME.matcher(last).results().map(match -> match.group(1)).toList();
  }

  private boolean exists(String name) {
    if (name.startsWith("scripts/")) {
      return Files.isExecutable(Path.of(name));
    }
    String[] parts = name.split("\\.", 2);
    return files.entrySet().stream()
        .filter(file -> file.getKey().startsWith("src/test/java/"))
        .filter(file -> file.getKey().endsWith("/" + parts[0] + ".java"))
        .anyMatch(file -> parts.length == 1
            || file.getValue().stream().anyMatch(line -> line.contains("void " + parts[1] + "(")));
  }
}
