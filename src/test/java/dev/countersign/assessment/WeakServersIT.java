package dev.countersign.assessment;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Weaknesses.Weakness;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every check finds what it looks for: a server that is wrong in just that way. */
final class WeakServersIT {
  private static final Map<String, Weakness> WEAK = Weaknesses.byCheck();

  /** Most of the time somebody waits for something that does not come, so many wait at once. */
  private static final int AT_ONCE = 12;

  private static final String ALONE = "stolen-certificate";

  @TempDir
  private static Path directory;

  private static final Map<String, Future<Report>> REPORTS = new LinkedHashMap<>();
  private static final ExecutorService THREADS = Executors.newFixedThreadPool(AT_ONCE);

  /** It writes a stack trace for each of thousands of spoiled frames. */
  private static final Logger NOISY = Logger.getLogger("io.grpc.netty");

  @BeforeAll
  static void attackThemAll() throws Exception {
    NOISY.setLevel(Level.OFF);
    // It changes what the whole process believes.
    Future<Report> alone = THREADS.submit(() -> attack(ALONE));
    alone.get(1, TimeUnit.MINUTES);
    WEAK.keySet().stream()
        .filter(check -> !check.equals(ALONE))
        .forEach(check -> REPORTS.put(check, THREADS.submit(() -> attack(check))));
    REPORTS.put(ALONE, alone);
  }

  private static Report attack(String check) throws Exception {
    try (WeakServers servers = new WeakServers(directory.resolve(check))) {
      Set<String> only = check.equals("still-serves") ? Set.of("rapid-reset") : Set.of(check);
      return Assessment.run(
          requireNonNull(WEAK.get(check)).start(servers),
          only,
          InstantSource.system(),
          Progress.NONE);
    }
  }

  @AfterAll
  static void stop() {
    THREADS.shutdownNow();
  }

  static Set<String> checks() {
    return WEAK.keySet();
  }

  @ParameterizedTest
  @MethodSource("checks")
  void findsTheWeakness(String check) throws Exception {
    Report report = requireNonNull(REPORTS.get(check)).get(5, TimeUnit.MINUTES);

    assertThat(report.findings())
        .as(report.results().toString())
        .extracting(result -> result.check().name())
        .contains(check);
  }

  /** The servers of this test forgive nothing that they are not told to, so a finding is about that. */
  @Test
  void forgivesNothingByItself() throws Exception {
    Set<String> names = Set.copyOf(Checks.ALL.stream()
        .filter(check -> check instanceof HostileCertificate)
        .map(check -> check.about().name())
        .toList());
    try (WeakServers servers = new WeakServers(directory.resolve("right"))) {
      Report report = Assessment.run(
          servers.target(servers.forgiving()), names, InstantSource.system(), Progress.NONE);

      assertThat(report.findings()).as(report.findings().toString()).isEmpty();
      assertThat(report.notRun()).as(report.notRun().toString()).isEmpty();
      assertThat(report.results()).hasSizeGreaterThan(40);
    }
  }

  @Test
  void everyCheckHasAWeakServer() {
    List<String> checks = Assessment.checks().stream().map(About::name).toList();

    assertThat(checks).doesNotHaveDuplicates();
    assertThat(WEAK.keySet()).containsExactlyInAnyOrderElementsOf(checks);
  }
}
