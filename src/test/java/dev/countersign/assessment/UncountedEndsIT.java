package dev.countersign.assessment;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.Places;
import dev.countersign.demo.RouteGuideService;
import dev.countersign.policy.Policy;
import dev.countersign.server.SecureServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever breaks connections off for abuse counts it, or nobody learns of the abuse. */
@Timeout(300)
final class UncountedEndsIT {
  /** grpc-java ends a connection of too many pings by itself. */
  private static final String ENDED_BY_ANY_SERVER = "ping-flood";

  @TempDir
  private Path directory;

  private WeakServers servers;

  @BeforeEach
  void start() throws Exception {
    servers = new WeakServers(directory.resolve("lab"));
  }

  @AfterEach
  void stop() throws Exception {
    servers.close();
  }

  @Test
  void findsAServerThatBreaksConnectionsOffAndDoesNotCountIt() throws Exception {
    AtomicInteger asked = new AtomicInteger();

    Report counting = assess("countersign_server_connections_aborted_total %d", asked);
    assertThat(counting.findings()).as(counting.findings().toString()).isEmpty();
    assertThat(counting.passed()).hasSize(2);
    assertThat(asked).hasValueGreaterThan(1);

    Report silent = assess("countersign_server_connections_aborted_total 7", asked);
    assertThat(silent.findings()).singleElement().satisfies(result -> {
      assertThat(result.check().name()).isEqualTo(ENDED_BY_ANY_SERVER);
      assertThat(result.outcome().toString())
          .contains("countersign.server.connections.aborted did not grow");
    });
  }

  /** A plain server, beside an admin port that says how often it was asked, or always the same. */
  private Report assess(String metrics, AtomicInteger asked) throws Exception {
    HttpServer admin = HttpServer.create(loopback(), 0);
    admin.createContext("/metrics", exchange -> {
      byte[] text =
          (metrics.formatted(asked.incrementAndGet()) + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
      exchange.close();
    });
    admin.start();
    servers.closing(() -> admin.stop(0));
    return Assessment.run(
        servers
            .target(Weaknesses.plain(servers))
            .admin("127.0.0.1:" + admin.getAddress().getPort()),
        Set.of(ENDED_BY_ANY_SERVER),
        InstantSource.system(),
        Progress.NONE);
  }

  @Test
  void oursCountsEveryAbuseThatItBreaksConnectionsOffFor() throws Exception {
    Set<String> names = Checks.ALL.stream()
        .filter(check -> check instanceof Abuse abuse && abuse.isToBeBrokenOff())
        .map(check -> check.about().name())
        .collect(Collectors.toSet());
    assertThat(names).hasSizeGreaterThan(12);
    try (SecureServer server = SecureServer.builder()
        .listen(loopback(), Transport.mutualTls(servers.material()))
        .guardedBy(Policy.parse("ours.json", """
            {"name": "ours", "allow_rules": [{"name": "operators", "source": {"principals": [
              "spiffe://example.org/operator"]}}]}
            """.getBytes(StandardCharsets.UTF_8)))
        .service(new RouteGuideService(Places.bundled(), System::nanoTime))
        .admin(loopback())
        .start()) {
      Report report = Assessment.run(
          servers
              .target(server.addresses().get(0).address())
              .admin("127.0.0.1:" + requireNonNull(server.adminAddress()).getPort()),
          names,
          InstantSource.system(),
          Progress.NONE);

      assertThat(report.findings()).as(report.findings().toString()).isEmpty();
      assertThat(report.passed()).as(report.notRun().toString()).hasSize(names.size() + 1);
      assertThat(measured(report))
          .hasSize(names.size())
          .allSatisfy(cost -> assertThat(cost.aborted()).isPositive());
    }
  }

  private static List<Measurement.Cost> measured(Report report) {
    return report.results().stream()
        .map(result -> result.outcome().measurement())
        .filter(measurement -> measurement != null)
        .map(measurement -> requireNonNull(measurement.cost()))
        .toList();
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }
}
