package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A certificate that the server does not take shows nothing of how it decides. */
final class UnusableIdentityIT {
  private static final Set<String> ABOUT_DENIALS = Set.of(
      "denied-identity",
      "unknown-methods",
      "broken-requests",
      "open-health",
      "path-with-more-slashes",
      "spoofed-user-header",
      "denial-tells");

  @TempDir
  private Path directory;

  @Test
  void aDeniedIdentityThatIsNotTakenAtAllLeavesTheChecksNotRun() throws Exception {
    try (WeakServers servers = new WeakServers(directory.resolve("ours"));
        WeakServers others = new WeakServers(directory.resolve("theirs"))) {
      Target target = servers.target(servers.naive());

      assertThat(run(target).passed()).hasSize(ABOUT_DENIALS.size() + 1);

      Report report = run(target.deniedIdentity(others.identity("viewer")));
      assertThat(report.findings()).isEmpty();
      assertThat(report.notRun())
          .hasSize(ABOUT_DENIALS.size())
          .allSatisfy(result -> assertThat(result.outcome().toString())
              .contains("the denied identity is not even answered"));
    }
  }

  private static Report run(Target target) throws Exception {
    return Assessment.run(target, ABOUT_DENIALS, InstantSource.system(), Progress.NONE);
  }
}
