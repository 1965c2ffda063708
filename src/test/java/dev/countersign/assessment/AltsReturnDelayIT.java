package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.Transport;
import dev.countersign.emulator.AltsEmulator;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.platform.Machine;
import dev.countersign.policy.Policy;
import dev.countersign.server.Admin;
import dev.countersign.server.SecureServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who was broken off over ALTS waits when it comes back; a workload that was killed does not. */
class AltsReturnDelayIT {
  private static final ServiceAccount SERVER =
      ServiceAccount.parse("server@demo.iam.gserviceaccount.com");
  private static final ServiceAccount CLIENT =
      ServiceAccount.parse("client@demo.iam.gserviceaccount.com");
  private static final Policy POLICY =
      Policy.parse("delays.json", """
      {"name": "delays", "allow_rules": [{"name": "client", "source": {"principals": [
        "client@demo.iam.gserviceaccount.com"]}}]}
      """.getBytes(StandardCharsets.UTF_8));
  private static final String HEALTH = "grpc.health.v1.Health/Check";

  private AltsEmulator emulator;
  private Transport transport;
  private SecureServer server;
  private Attack attack;

  @BeforeEach
  void start() throws Exception {
    emulator = AltsEmulator.builder()
        .workload(SERVER, "127.0.0.2:0")
        .workload(CLIENT, "127.0.0.3:0")
        .start();
    transport = Transport.altsThroughEmulatorInsecurely(
        emulator.address(SERVER).toString(),
        new Machine(
            Path.of("/"),
            Map.of("GCE_METADATA_HOST", emulator.metadataAddress().toString()),
            "Linux"));
    server = SecureServer.builder()
        .listen(loopback(), transport)
        .guardedBy(POLICY)
        .admin(loopback())
        .start();
    attack = new Attack(
        Target.alts(
                server.addresses().get(0).address(), emulator.address(CLIENT).toString())
            .method(HEALTH),
        InstantSource.system());
  }

  @AfterEach
  void stop() {
    attack.close();
    server.close();
    transport.close();
    emulator.close();
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Test
  void waitsBeforeItIsReadAndIsServedThen() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(secondsOfACall()).isNotNegative();
      assertThat(delayed()).isEmpty();
      try (RawHttp2 connection = attack.connect()) {
        Pestering.untilGoaway(connection, Frame.SETTINGS, 0, 0, new byte[0]);
        Admin.awaitMetric(server, "countersign_server_connections_aborted_total", i + 1);
      }
    }

    assertThat(secondsOfACall()).isGreaterThan(0.4);
    assertThat(delayed()).contains("alts").endsWith(" 1.0");
  }

  @Test
  void resettingTheTcpConnectionIsNoAbuse() throws Exception {
    for (int i = 0; i < 4; i++) {
      RawHttp2 connection = attack.connect();
      attack.call(connection);
      connection.socket().setSoLinger(true, 0);
      connection.close();
    }
    Admin.awaitMetric(server, "countersign_server_connections", 0);

    secondsOfACall();

    assertThat(delayed()).isEmpty();
    assertThat(Admin.metric(server, "countersign_server_connections_aborted_total"))
        .isEmpty();
  }

  private double secondsOfACall() throws Exception {
    long start = System.nanoTime();
    try (RawHttp2 connection = attack.connect()) {
      assertThat(attack.judge(attack.call(connection)).isAllowed()).isTrue();
    }
    return (double) (System.nanoTime() - start) / Duration.ofSeconds(1).toNanos();
  }

  private String delayed() throws Exception {
    return Admin.metric(server, "countersign_guard_connections_total", "DELAYED");
  }
}
