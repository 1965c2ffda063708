package dev.countersign.assessment;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.Places;
import dev.countersign.demo.RouteGuideService;
import dev.countersign.emulator.AltsEmulator;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.platform.Machine;
import dev.countersign.policy.Policy;
import dev.countersign.server.Limits;
import dev.countersign.server.SecureServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The same checks that find something in {@link WeakServersIT} find nothing in ours. */
final class SecureServerIT {
  private static final ServiceAccount SERVER =
      ServiceAccount.parse("server@demo.iam.gserviceaccount.com");
  private static final ServiceAccount ALLOWED =
      ServiceAccount.parse("allowed@demo.iam.gserviceaccount.com");
  private static final ServiceAccount DENIED =
      ServiceAccount.parse("denied@demo.iam.gserviceaccount.com");
  private static final Policy POLICY =
      Policy.parse("assessed.json", """
      {"name": "assessed", "allow_rules": [{"name": "operators", "source": {"principals": [
        "spiffe://example.org/operator", "allowed@demo.iam.gserviceaccount.com"]}}]}
      """.getBytes(StandardCharsets.UTF_8));
  private static final List<String> EVERY_KIND_OF_CALL =
      List.of("GetFeature", "ListFeatures", "RecordRoute", "RouteChat");

  /** What depends on the method: the decision, what ends it, and what becomes of a call's messages. */
  private static final Set<String> CALLS = Stream.concat(
          Assessment.checks().stream()
              .filter(check -> check.group() == Group.AUTHORIZATION)
              .map(About::name)
              .filter(name -> !name.startsWith("open-")),
          Stream.of(
              "revoked-connection",
              "revoked-call",
              "expired-connection",
              "expired-call",
              "denial-tells",
              "malformed-message-tells",
              "length-prefix-of-2-gib",
              "compressed-without-encoding",
              "header-table-drift",
              "slow-message",
              "tiny-header-list"))
      .collect(Collectors.toUnmodifiableSet());

  private static final String HEALTH = "grpc.health.v1.Health/Check";

  private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(6);

  /** Long after the server should have ended a connection: all assessments share the machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(24);

  @TempDir
  private static Path directory;

  /** Most of the time somebody waits for something that does not come, so many are assessed at once. */
  private static final ExecutorService THREADS = Executors.newFixedThreadPool(8);

  private static final Map<Run, Future<Report>> REPORTS = new LinkedHashMap<>();

  /** What calls go over. */
  private enum Over {
    BORINGSSL,
    TLS_OF_THE_JDK,
    ALTS
  }

  private record Run(Over over, String method) {}

  @BeforeAll
  static void assessThemAll() {
    for (Over over : Over.values()) {
      begin(new Run(over, HEALTH), Set.of());
    }
    calls().forEach(run -> begin(run, CALLS));
  }

  private static void begin(Run run, Set<String> only) {
    REPORTS.put(
        run,
        THREADS.submit(() -> run.over() == Over.ALTS ? overAlts(run, only) : overTls(run, only)));
  }

  /** Unary, server streaming, client streaming and both, over everything. */
  static Stream<Run> calls() {
    return Stream.of(Over.values())
        .flatMap(over -> EVERY_KIND_OF_CALL.stream()
            .map(method -> new Run(over, "routeguide.RouteGuide/" + method)));
  }

  @AfterAll
  static void stop() {
    THREADS.shutdownNow();
  }

  @ParameterizedTest
  @EnumSource
  void findsNothing(Over over) throws Exception {
    Report report = reportOf(new Run(over, HEALTH));

    assertThat(report.findings()).as(report.findings().toString()).isEmpty();
    assertThat(report.passed()).hasSizeGreaterThan(over == Over.ALTS ? 60 : 100);
    assertNotRunOnlyWhereItDoesNotApply(report, over);
  }

  @ParameterizedTest
  @MethodSource("calls")
  void findsNothingForAnyKindOfCall(Run run) throws Exception {
    Report report = reportOf(run);

    assertThat(report.findings()).as(report.findings().toString()).isEmpty();
    assertThat(report.results()).hasSize(CALLS.size() + 1);
    assertThat(report.passed()).hasSizeGreaterThan(25);
    assertNotRunOnlyWhereItDoesNotApply(report, run.over());
  }

  private static Report reportOf(Run run) throws Exception {
    return requireNonNull(REPORTS.get(run)).get(5, TimeUnit.MINUTES);
  }

  private static void assertNotRunOnlyWhereItDoesNotApply(Report report, Over over) {
    String other = over == Over.ALTS ? "mutual TLS" : "ALTS";
    assertThat(report.notRun())
        .allSatisfy(result -> assertThat(result.outcome())
            .hasToString("NotRun[why=it applies to " + other + " only]"));
  }

  private static Report overTls(Run run, Set<String> only) throws Exception {
    TlsOptions options = new TlsOptions(
        TlsOptions.Version.TLS_1_3,
        run.over() == Over.BORINGSSL ? TlsOptions.Provider.BORINGSSL : TlsOptions.Provider.JDK);
    try (WeakServers lab =
            new WeakServers(directory.resolve(run.over() + run.method().replace('/', '.')));
        KeyMaterial material = KeyMaterial.watching(lab.identity("server"), Role.SERVER);
        SecureServer server = serving(Transport.mutualTls(material, options))) {
      return Assessment.run(
          lab.target(server.addresses().get(0).address())
              .method(run.method())
              .handshakePatience(PATIENCE),
          only,
          InstantSource.system(),
          Progress.NONE);
    }
  }

  private static Report overAlts(Run run, Set<String> only) throws Exception {
    try (AltsEmulator emulator = AltsEmulator.builder()
            .workload(SERVER, "127.0.0.2:0")
            .workload(ALLOWED, "127.0.0.3:0")
            .workload(DENIED, "127.0.0.4:0")
            .start();
        Transport transport = Transport.altsThroughEmulatorInsecurely(
            emulator.address(SERVER).toString(), machine(emulator));
        SecureServer server = serving(transport)) {
      Target target = Target.alts(
              server.addresses().get(0).address(), emulator.address(ALLOWED).toString())
          .deniedHandshaker(emulator.address(DENIED).toString())
          .method(run.method())
          .handshakePatience(PATIENCE)
          .abuseTime(Duration.ofMillis(100));

      return Assessment.run(target, only, InstantSource.system(), Progress.NONE);
    }
  }

  private static Machine machine(AltsEmulator emulator) {
    return new Machine(
        Path.of("/"), Map.of("GCE_METADATA_HOST", emulator.metadataAddress().toString()), "Linux");
  }

  private static SecureServer serving(Transport transport) throws Exception {
    Limits limits = Limits.DEFAULT;
    return SecureServer.builder()
        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), transport)
        .guardedBy(POLICY)
        .service(new RouteGuideService(Places.bundled(), System::nanoTime))
        .limits(new Limits(
            limits.maxConnections(),
            limits.maxConnectionsPerIdentity(),
            limits.maxStreams(),
            limits.maxMessageBytes(),
            limits.maxMetadataBytes(),
            HANDSHAKE_LIMIT,
            limits.maxConnectionIdle(),
            limits.maxConnectionAge(),
            limits.maxConnectionAgeGrace()))
        .drain(Duration.ofSeconds(1))
        .start();
  }
}
