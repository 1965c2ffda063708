package dev.countersign.assessment;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Weaknesses.Weakness;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  private static final Set<String> NAMES = IdentityChecks.all().stream()
      .map(check -> check.about().name())
      .collect(Collectors.toUnmodifiableSet());

  private static final Set<String> CERTIFICATES = names(check -> check instanceof HostileCertificate
      && !NAMES.contains(check.about().name())
      && !check.about().name().equals(ALONE));

  /** Whose weak servers are each attacked by all checks of the group, to show that one only finds anything. */
  private static final List<Set<String>> GROUPS = List.of(
      names(check -> check instanceof OldHandshake),
      names(check -> check instanceof WithoutAlpn),
      names(check -> check instanceof HandshakeBytes
          || check instanceof SlowHandshake
          || check instanceof SlowCertificate),
      CERTIFICATES,
      NAMES,
      names(check -> check instanceof FormerCertificate),
      names(check -> check instanceof DeniedPath),
      names(check -> check instanceof DeniedWithHeaders
          || check instanceof DeniedAuthority
          || check instanceof ServerNameTricks
          || check instanceof OpenService),
      names(check -> check.reach() == Check.Reach.ALTS));

  /** Where one mistake contains another. */
  private static final Map<String, Set<String>> ALSO_FOUND_BY = Map.of(
      // A server answers a newer hello with the newest old version that it speaks (RFC 5246
      // appendix E.1).
      "ssl-3", Set.of("tls-1-0", "tls-1-1", "tls-1-2-cbc"),
      "tls-1-0", Set.of("tls-1-1", "tls-1-2-cbc"),
      "tls-1-1", Set.of("tls-1-2-cbc"));

  /** What a client can do to a connection, and with many of them, unless somebody bounds it. */
  private static final Set<String> ABUSES = names(check -> check instanceof ControlFrames
      || check instanceof ConnectionFloods
      || check instanceof HeaderTableDrift
      || check instanceof TinyHeaderList
      || check instanceof PingFlood
      || check instanceof ContinuationFlood
      || check instanceof RapidReset
      || check instanceof ServerResets
      || check instanceof StreamLimit
      || check instanceof MessageBombs
      || check instanceof HeaderBombs
      || check instanceof FrameTooLarge
      || check instanceof SlowPeer
      || check instanceof SlowMessage);

  @TempDir
  private static Path directory;

  private static final Map<String, Future<Report>> REPORTS = new LinkedHashMap<>();
  private static Future<Report> bounded;
  private static Future<Report> plain;
  private static final ExecutorService THREADS = Executors.newFixedThreadPool(AT_ONCE);

  /** It writes a stack trace for each of thousands of spoiled frames. */
  private static final Logger NOISY = Logger.getLogger("io.grpc.netty");

  @BeforeAll
  static void attackThemAll() throws Exception {
    NOISY.setLevel(Level.OFF);
    // It changes what the whole process believes.
    Future<Report> alone = THREADS.submit(() -> attack(ALONE));
    alone.get(1, TimeUnit.MINUTES);
    // They take longest.
    bounded = THREADS.submit(() ->
        abused("bounded", servers -> servers.naive(weak -> weak.unbounded = Set.of())));
    plain = THREADS.submit(() -> abused("plain", Weaknesses::plain));
    WEAK.keySet().stream()
        .filter(check -> !check.equals(ALONE))
        .forEach(check -> REPORTS.put(check, THREADS.submit(() -> attack(check))));
    REPORTS.put(ALONE, alone);
  }

  private static Set<String> names(Predicate<Check> which) {
    return Checks.ALL.stream()
        .filter(which)
        .map(check -> check.about().name())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> groupOf(String check) {
    return GROUPS.stream().filter(group -> group.contains(check)).findFirst().orElse(Set.of(check));
  }

  private static Report attack(String check) throws Exception {
    try (WeakServers servers = new WeakServers(directory.resolve(check))) {
      Set<String> only = check.equals("still-serves") ? Set.of("rapid-reset") : groupOf(check);
      return Assessment.run(
          requireNonNull(WEAK.get(check)).server().start(servers),
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

  static Stream<String> checksOfGroups() {
    return GROUPS.stream().flatMap(Set::stream);
  }

  @ParameterizedTest
  @MethodSource("checks")
  void findsTheWeaknessAndSaysWhich(String check) throws Exception {
    Report report = reportOf(check);

    assertThat(report.findings())
        .as(outcomes(report))
        .filteredOn(result -> result.check().name().equals(check))
        .singleElement()
        .extracting(result -> ((Outcome.Finding) result.outcome()).summary())
        .asString()
        .contains(requireNonNull(WEAK.get(check)).finding());
  }

  @ParameterizedTest
  @MethodSource("checksOfGroups")
  void isWrongInOneWayOnly(String check) throws Exception {
    Report report = reportOf(check);
    Set<String> expected = new HashSet<>(ALSO_FOUND_BY.getOrDefault(check, Set.of()));
    expected.add(check);

    assertThat(report.findings())
        .as(outcomes(report))
        .extracting(result -> result.check().name())
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(report.notRun()).as(report.notRun().toString()).isEmpty();
  }

  private static String outcomes(Report report) {
    return report.results().stream()
        .map(result -> result.check().name() + ": " + result.outcome())
        .collect(Collectors.joining("\n"));
  }

  private static Report reportOf(String check) throws Exception {
    return await(requireNonNull(REPORTS.get(check)));
  }

  private static Report await(Future<Report> report) throws Exception {
    return report.get(5, TimeUnit.MINUTES);
  }

  /** So what is found of a server that leaves one thing unbounded is about that one. */
  @Test
  void findsNothingOfAServerThatBoundsEverything() throws Exception {
    Report report = await(bounded);

    assertThat(report.findings()).as(outcomes(report)).isEmpty();
    assertThat(report.notRun()).as(report.notRun().toString()).isEmpty();
    assertThat(report.results()).hasSizeGreaterThan(20);
  }

  @Test
  void findsWhatGrpcJavaLeavesUnbounded() throws Exception {
    Report report = await(plain);

    assertThat(report.findings())
        .as(outcomes(report))
        .filteredOn(
            result -> ((Outcome.Finding) result.outcome()).summary().contains(" were taken"))
        .extracting(result -> result.check().name())
        .contains(
            "settings-flood",
            "priority-flood",
            "window-update-flood",
            "reset-flood",
            "empty-data-flood",
            "padding-flood",
            "ping-answer-flood",
            "unknown-frame-flood",
            "rapid-reset",
            "made-you-reset",
            "made-you-reset-by-overflow",
            "unlimited-streams",
            "zero-window");
  }

  private static Report abused(String name, Weaknesses.WeakServer server) throws Exception {
    try (WeakServers servers = new WeakServers(directory.resolve(name))) {
      return Assessment.run(
          servers.target(server.start(servers)).handshakePatience(HandshakeRules.PATIENCE),
          ABUSES,
          InstantSource.system(),
          Progress.NONE);
    }
  }

  /** The servers of this test forgive nothing that they are not told to, so a finding is about that. */
  @Test
  void forgivesNothingByItself() throws Exception {
    Set<String> names = names(check -> check instanceof HostileCertificate);
    try (WeakServers servers = new WeakServers(directory.resolve("right"))) {
      Report report = Assessment.run(
          servers.target(servers.naive()), names, InstantSource.system(), Progress.NONE);

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
