package dev.countersign.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our classes keep the rules, and the fixtures break each of them, so that no rule is one that cannot fail. */
final class ArchitectureTest {
  private static final String ROOT = "dev.countersign";
  private static final String FIXTURES = "dev.countersign.build.fixture";
  private static final JavaClasses OURS = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages(ROOT);
  private static final JavaClasses BROKEN = new ClassFileImporter().importPackages(FIXTURES);

  @ParameterizedTest
  @EnumSource
  void ourClassesKeep(ArchitectureRules rule) {
    assertThat(OURS).isNotEmpty();
    rule.under(ROOT).allowEmptyShould(true).check(OURS);
  }

  @ParameterizedTest
  @EnumSource
  void fixturesBreak(ArchitectureRules rule) {
    assertThat(rule.under(FIXTURES).evaluate(BROKEN).hasViolation()).isTrue();
  }
}
