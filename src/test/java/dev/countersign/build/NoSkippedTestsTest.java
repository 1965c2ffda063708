package dev.countersign.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The build fails on a skipped test: each way to skip one is tried on the engine, with the settings of this build. */
final class NoSkippedTestsTest {
  @Test
  void runsTestsThatSkipNothing() {
    Events events = testsOf(SkipsNothing.class);
    assertThat(events.succeeded().count()).isEqualTo(1);
    assertThat(events.failed().count()).isZero();
  }

  @Test
  void runsTestsWhoseConditionDoesNotHold() {
    Events events = testsOf(SkipsByCondition.class);
    assertThat(events.skipped().count()).isZero();
    assertThat(events.failed().count()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        SkipsInTheTest.class,
        SkipsBeforeTheTest.class,
        SkipsInATemplate.class,
        SkipsInADynamicTest.class
      })
  void failsTestsWhoseAssumptionDoesNotHold(Class<?> fixture) {
    Events events = testsOf(fixture);
    assertThat(events.aborted().count()).isZero();
    assertThat(events.failed().count()).isEqualTo(1);
  }

  @Test
  void failsClassesWhoseAssumptionDoesNotHold() {
    Events events = run(SkipsBeforeAll.class).containerEvents();
    assertThat(events.aborted().count()).isZero();
    assertThat(events.failed().count()).isEqualTo(1);
  }

  private static Events testsOf(Class<?> fixture) {
    return run(fixture).testEvents();
  }

  private static EngineExecutionResults run(Class<?> fixture) {
    return EngineTestKit.engine("junit-jupiter")
        .enableImplicitConfigurationParameters(true)
        .selectors(selectClass(fixture))
        .execute();
  }

  static final class SkipsNothing {
    @Test
    void passes() {
      assertThat(List.of("ran")).isNotEmpty();
    }
  }

  static final class SkipsByCondition {
    @Test
    @EnabledIfSystemProperty(named = "countersign.never", matches = "set")
    void fails() {
      assertThat(List.of("ran")).isEmpty();
    }
  }

  static final class SkipsInTheTest {
    @Test
    void skips() {
      Assumptions.abort("in the test");
    }
  }

  static final class SkipsBeforeTheTest {
    @BeforeEach
    void skips() {
      Assumptions.abort("before the test");
    }

    @Test
    void passes() {
      assertThat(List.of("ran")).isNotEmpty();
    }
  }

  static final class SkipsBeforeAll {
    @BeforeAll
    static void skips() {
      Assumptions.abort("before all");
    }

    @Test
    void passes() {
      assertThat(List.of("ran")).isNotEmpty();
    }
  }

  static final class SkipsInATemplate {
    @ParameterizedTest
    @ValueSource(ints = 1)
    void skips(int n) {
      Assumptions.abort("in template " + n);
    }
  }

  static final class SkipsInADynamicTest {
    @TestFactory
    Stream<DynamicTest> skips() {
      return Stream.of(
          DynamicTest.dynamicTest("dynamic", () -> Assumptions.abort("in a dynamic test")));
    }
  }
}
