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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

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
  private static final Set<String> CALLS = Set.of(
      "denied-identity",
      "decided-after-message",
      "unknown-methods",
      "revoked-call",
      "malformed-headers",
      "malformed-message-tells",
      "length-prefix-of-2-gib",
      "compressed-without-encoding",
      "header-table-drift",
      "tiny-header-list");

  private static final List<String> EVERY_KIND_OF_CALL =
      List.of("GetFeature", "ListFeatures", "RecordRoute", "RouteChat");

  private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(3);

  /** Long after the server should have ended a connection: all assessments share the machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(12);

  @TempDir
  private static Path directory;

  /** Most of the time somebody waits for something that does not come, so all are assessed at once. */
  private static final ExecutorService THREADS = Executors.newCachedThreadPool();

  private static final Map<Object, Future<Report>> REPORTS = new LinkedHashMap<>();

  @BeforeAll
  static void assessThemAll() {
    for (TlsOptions.Provider provider : TlsOptions.Provider.values()) {
      REPORTS.put(
          provider,
          THREADS.submit(() -> overTls(provider, "grpc.health.v1.Health/Check", Set.of())));
    }
    for (String method : EVERY_KIND_OF_CALL) {
      REPORTS.put(
          method,
          THREADS.submit(() ->
              overTls(TlsOptions.Provider.BORINGSSL, "routeguide.RouteGuide/" + method, CALLS)));
    }
    REPORTS.put("alts", THREADS.submit(SecureServerIT::overAlts));
  }

  @AfterAll
  static void stop() {
    THREADS.shutdownNow();
  }

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void findsNothingOverMutualTls(TlsOptions.Provider provider) throws Exception {
    Report report = requireNonNull(REPORTS.get(provider)).get(5, TimeUnit.MINUTES);

    assertThat(report.findings()).as(report.findings().toString()).isEmpty();
    assertThat(report.passed()).hasSizeGreaterThan(100);
    assertThat(report.notRun())
        .allSatisfy(result ->
            assertThat(result.outcome()).hasToString("NotRun[why=it applies to ALTS only]"));
  }

  /** Unary, server streaming, client streaming and both; the other checks do not depend on it. */
  @ParameterizedTest
  @FieldSource("EVERY_KIND_OF_CALL")
  void findsNothingForAnyKindOfCall(String method) throws Exception {
    Report report = requireNonNull(REPORTS.get(method)).get(5, TimeUnit.MINUTES);

    assertThat(report.findings()).as(report.findings().toString()).isEmpty();
    assertThat(report.passed()).as(report.notRun().toString()).hasSize(CALLS.size() + 1);
  }

  @Test
  void findsNothingOverAlts() throws Exception {
    Report report = requireNonNull(REPORTS.get("alts")).get(5, TimeUnit.MINUTES);

    assertThat(report.findings()).as(report.findings().toString()).isEmpty();
    assertThat(report.passed()).hasSizeGreaterThan(60);
    assertThat(report.notRun())
        .allSatisfy(result ->
            assertThat(result.outcome()).hasToString("NotRun[why=it applies to mutual TLS only]"));
  }

  private static Report overTls(TlsOptions.Provider provider, String method, Set<String> only)
      throws Exception {
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    try (WeakServers lab = new WeakServers(directory.resolve(provider + method.replace('/', '.')));
        KeyMaterial material = KeyMaterial.watching(lab.identity("server"), Role.SERVER);
        SecureServer server = serving(Transport.mutualTls(material, options))) {
      return Assessment.run(
          lab.target(server.addresses().get(0).address())
              .method(method)
              .handshakePatience(PATIENCE),
          only,
          InstantSource.system(),
          Progress.NONE);
    }
  }

  private static Report overAlts() throws Exception {
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
          .handshakePatience(PATIENCE)
          .abuseTime(Duration.ofMillis(100));

      return Assessment.run(target, Set.of(), InstantSource.system(), Progress.NONE);
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
