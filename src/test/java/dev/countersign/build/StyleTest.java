package dev.countersign.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The source tree keeps the house style; for each rule, a tree that does not is caught. */
final class StyleTest {
  private static final int MOST_LINES = 500;
  private static final long MOST_PUBLIC_TYPES = 16;
  static final List<StyleRule> RULES = StyleRule.ALL;

  private final SourceTree ours;

  StyleTest() throws IOException {
    ours = SourceTree.here();
  }

  @Test
  void looksAtTheWholeProject() {
    assertThat(ours.files())
        .containsKeys(
            "pom.xml",
            "src/main/java/dev/countersign/identity/package-info.java",
            "src/test/java/dev/countersign/build/StyleTest.java");
    assertThat(ours.files().keySet()).noneMatch(name -> name.startsWith("target/"));
  }

  @ParameterizedTest
  @FieldSource("RULES")
  void findsNothingForbidden(StyleRule rule) {
    assertThat(ours.violationsOf(rule)).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("RULES")
  void findsWhatIsForbidden(StyleRule rule) {
    SourceTree broken = tree("src/test/java/ATest.java", rule.passed(), rule.caught());
    assertThat(broken.violationsOf(rule))
        .containsExactly("src/test/java/ATest.java:2: " + rule.caught().strip());
  }

  @Test
  void noJavaFileIsTooLong() {
    assertThat(ours.javaFilesLongerThan(MOST_LINES)).isEmpty();
  }

  @Test
  void findsJavaFilesThatAreTooLong() {
    String[] lines = Collections.nCopies(501, "").toArray(String[]::new);
    assertThat(tree("A.java", lines).javaFilesLongerThan(MOST_LINES))
        .containsExactly("A.java: 501 lines");
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(ours.packagesNotNullMarked()).isEmpty();
  }

  @Test
  void findsPackagesThatAreNotNullMarked() {
    assertThat(tree("src/main/java/a/B.java").packagesNotNullMarked())
        .containsExactly("src/main/java/a");
    assertThat(tree("src/main/java/a/package-info.java", "package a;").packagesNotNullMarked())
        .containsExactly("src/main/java/a");
  }

  @Test
  void packagesShowFewTypes() {
    assertThat(ours.publicTypes())
        .allSatisfy((directory, count) -> assertThat(count)
            .as("public types in %s", directory)
            .isLessThanOrEqualTo(MOST_PUBLIC_TYPES));
  }

  @Test
  void countsThePublicTypesOfAPackage() {
    SourceTree tree = new SourceTree(Map.of(
        "src/main/java/a/B.java", List.of("public final class B {}"),
        "src/main/java/a/C.java", List.of("final class C {}")));
    assertThat(tree.publicTypes()).containsExactly(Map.entry("src/main/java/a", 1L));
  }

  @Test
  void everyTestIsRun() {
    assertThat(ours.testsThatNothingRuns()).isEmpty();
  }

  @Test
  void findsTestsThatNothingRuns() {
    assertThat(tree("src/test/java/Checks.java", "  @Test").testsThatNothingRuns())
        .containsExactly("src/test/java/Checks.java");
    assertThat(tree("src/test/java/ChecksIT.java", "  @Test").testsThatNothingRuns())
        .isEmpty();
  }

  private static SourceTree tree(String name, String... lines) {
    return new SourceTree(Map.of(name, List.of(lines)));
  }
}
