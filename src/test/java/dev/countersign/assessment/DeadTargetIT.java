package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A target that is gone is not waited for before each of the checks that are left. */
final class DeadTargetIT {
  private static final Set<String> CHECKS = Set.of(
      "rapid-reset",
      "ping-flood",
      "settings-flood",
      "priority-flood",
      "hpack-bomb",
      "metadata-bomb",
      "zero-window");

  @TempDir
  private Path directory;

  @Test
  void threeFailedControlsAreEnough() throws Exception {
    try (WeakServers servers = new WeakServers(directory)) {
      Report report = Assessment.run(
          servers.target(
              servers.naive(weak -> weak.diesAt = frame -> frame.type() == Frame.RST_STREAM)),
          CHECKS,
          InstantSource.system(),
          Progress.NONE);

      assertThat(report.findings())
          .extracting(result -> result.check().name())
          .contains("still-serves");
      assertThat(report.notRun())
          .filteredOn(
              result -> result.outcome().toString().contains("the positive control failed before"))
          .hasSize(3);
      assertThat(report.notRun())
          .filteredOn(result -> result.outcome().toString().contains("was not tried again"))
          .isNotEmpty();
    }
  }
}
