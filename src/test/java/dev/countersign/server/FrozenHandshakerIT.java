package dev.countersign.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.credentials.Transport;
import dev.countersign.emulator.Fault;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A handshaker that does not answer stops nobody who is connected, and nobody for long. */
class FrozenHandshakerIT {
  private static final int HALF_OPEN = 64;
  private static final Duration OBSERVED = Duration.ofSeconds(4);
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Far above what is usual (see docs/alts.md), far below the 20 s and more of a server that waits. */
  private static final Duration STALL = Duration.ofSeconds(8);

  @TempDir
  private Path directory;

  private AltsLab alts;
  private Lab tls;
  private SecureServer server;
  private Channel overAlts;
  private Channel overTls;
  private Transport alice;

  @BeforeEach
  void start() throws Exception {
    alts = new AltsLab();
    tls = new Lab(directory);
    server = tls.start(tls.server(AltsServerIT.POLICY)
        .listen(Lab.loopback(), alts.transport(AltsLab.SERVER))
        .admin(Lab.loopback())
        .service(new GuardedCallsIT.Echo()));
    alice = alts.transport(AltsLab.ALICE);
    overAlts = alts.channel(altsListener(), alice, AltsLab.SERVER);
    overTls = tls.channel(server, "alice");
    assertThat(AltsServerIT.whoAmI(overAlts)).isEqualTo(AltsLab.ALICE.name());
    assertThat(AltsServerIT.whoAmI(overTls)).endsWith("/alice");
  }

  @AfterEach
  void stop() throws Exception {
    tls.close();
    alts.close();
  }

  @Test
  void halfOpenClientsStallNeitherListenerWhileTheHandshakerIsFrozen() throws Exception {
    Duration calm = worst();
    alts.emulator().inject(Fault.parse("freeze"));
    try (HalfOpenClients clients =
        new HalfOpenClients().connect(HALF_OPEN, altsListener().address())) {
      Duration attacked = worst();

      assertThat(clients).isNotNull();
      assertThat(attacked).as("calm: %s", calm).isLessThan(STALL);
    }
  }

  @Test
  void newConnectionsAreShedAtOnceWhileTheHandshakerIsSilentAndWelcomeAfterwards()
      throws Exception {
    assertThat(readiness()).isEqualTo(200);
    alts.emulator().inject(Fault.parse("freeze"));
    await(() -> readiness() == 503 && alice.obstacle() != null);

    Channel shed = alts.channel(altsListener(), alice, AltsLab.SERVER);
    long begin = System.nanoTime();
    assertThatThrownBy(() -> AltsServerIT.whoAmI(shed))
        .satisfies(failure ->
            assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Code.UNAVAILABLE));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(STALL);
    Admin.awaitMetric(server, "reason=\"HANDSHAKER_DOWN\"");
    assertThat(AltsServerIT.whoAmI(overAlts)).isEqualTo(AltsLab.ALICE.name());

    alts.emulator().heal();
    await(() -> readiness() == 200);
    await(() -> connects(altsListener()));
  }

  /** grpc-java's own client would block the event loop that times the call's deadline, for up to 20 s. */
  @Test
  void callOverOurChannelEndsInTimeThoughItsOwnHandshakerIsFrozen() throws Exception {
    alts.emulator().inject(AltsLab.ALICE, Fault.parse("freeze"));
    for (int i = 0; i < 4; i++) {
      try (OneChannel frozen = new OneChannel(altsListener(), alice)) {
        long begin = System.nanoTime();
        assertThat(frozen.works()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
      }
    }
    assertThat(AltsServerIT.whoAmI(overAlts)).isEqualTo(AltsLab.ALICE.name());

    alts.emulator().heal();
    await(() -> connects(altsListener()));
  }

  @Test
  void establishedConnectionsOutliveTheHandshakerAndNewOnesSucceedOnceItIsBack() throws Exception {
    alts.kill();
    await(() -> readiness() == 503);
    assertThat(AltsServerIT.whoAmI(overAlts)).isEqualTo(AltsLab.ALICE.name());
    assertThat(connects(altsListener())).isFalse();

    alts.restart();
    long begin = System.nanoTime();
    await(() -> connects(altsListener()));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    assertThat(AltsServerIT.whoAmI(overAlts)).isEqualTo(AltsLab.ALICE.name());
  }

  private SecureServer.ListenAddress altsListener() {
    return server.addresses().get(1);
  }

  /** Whether a new connection carries a call. */
  private boolean connects(SecureServer.ListenAddress listener) {
    try (OneChannel channel = new OneChannel(listener, alice)) {
      return channel.works();
    }
  }

  private int readiness() throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(
            "http://127.0.0.1:" + requireNonNull(server.adminAddress()).getPort() + "/readyz")
        .toURL()
        .openConnection();
    return connection.getResponseCode();
  }

  /** The slowest of the calls that both connections make for a while. */
  private Duration worst() {
    long worst = 0;
    long end = System.nanoTime() + OBSERVED.toNanos();
    while (System.nanoTime() < end) {
      worst = Math.max(worst, Math.max(timeOf(overAlts), timeOf(overTls)));
    }
    return Duration.ofNanos(worst);
  }

  private static long timeOf(Channel channel) {
    long begin = System.nanoTime();
    ClientCalls.blockingUnaryCall(
        channel,
        GuardedCallsIT.Echo.method("lab.Echo/WhoAmI"),
        CallOptions.DEFAULT.withDeadlineAfter(LONG.toSeconds(), TimeUnit.SECONDS),
        "");
    return System.nanoTime() - begin;
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LONG.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited %s", LONG).isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }
}
