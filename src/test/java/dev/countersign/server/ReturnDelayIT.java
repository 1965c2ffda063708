package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.Pestering;
import dev.countersign.assessment.RawHttp2;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who was broken off for what it did to HTTP/2 waits when it comes back; nobody else does. */
class ReturnDelayIT {
  private static final String DELAYED = "result=\"DELAYED\"";

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server =
        lab.start(lab.server(TextService.POLICY).service(new TextService()).admin(Lab.loopback()));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @Test
  void waitsBeforeItIsReadAndIsServedThen() throws Exception {
    breakOff(2);
    callOf("alice", "0");
    assertThat(delayed()).isEmpty();
    breakOff(1);

    try (CapturedLog log = new CapturedLog()) {
      assertThat(callOf("alice", "0")).isGreaterThan(0.4);
      assertThat(log.await("before it is read"))
          .startsWith("WARNING")
          .contains("alice", "127.0.0.1", "waits 500 ms");
    }
    assertThat(delayed()).contains("mtls").endsWith(" 1.0");
  }

  @Test
  void nobodyElseWaits() throws Exception {
    breakOff(3);

    callOf("bob", "7");

    assertThat(delayed()).isEmpty();
  }

  /** What it sends while it waits is held to the same limits afterwards, and costs no memory beyond one read. */
  @Test
  void abuseThatWaitedIsBrokenOffAsWell() throws Exception {
    breakOff(3);
    assertThat(delayed()).isEmpty();

    breakOff(1);

    assertThat(delayed()).endsWith(" 1.0");
    assertThat(aborted()).endsWith(" 4.0");
  }

  @Test
  void whoHangsUpMeanwhileLeavesNothingBehind() throws Exception {
    breakOff(3);
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      client.request(1, "/" + TextService.SAY).send();
    }
    awaitConnections(0);
    callOf("bob", "7");
  }

  /** A client that is killed with calls open has done nothing to HTTP/2. */
  @Test
  void resettingTheTcpConnectionIsNoAbuse() throws Exception {
    for (int i = 0; i < 4; i++) {
      try (RecordingProxy proxy = new RecordingProxy(Lab.port(server));
          RawHttp2 client = lab.raw(proxy.port(), "alice")) {
        client.request(1, "/" + TextService.HOLD).request(3, "/" + TextService.SAY);
        client.message(3, new byte[0]).send();
        assertThat(client.answer(3).grpcStatus()).isEqualTo("0");
        proxy.resetServer();
      }
    }
    callOf("alice", "0");
    awaitConnections(0);

    assertThat(delayed()).isEmpty();
    assertThat(aborted()).isEmpty();
  }

  /** Of some of these the server hears by what it writes, and not by what it reads. */
  @Test
  void resettingTheTcpConnectionWhileAnswersAreWrittenIsNoAbuse() throws Exception {
    for (int i = 0; i < 30; i++) {
      try (RecordingProxy proxy = new RecordingProxy(Lab.port(server));
          RawHttp2 client = lab.raw(proxy.port(), "alice")) {
        for (int stream = 1; stream < 100; stream += 2) {
          client.request(stream, "/" + TextService.SAY).message(stream, new byte[0]);
        }
        client.send();
        assertThat(client.answer(1).grpcStatus()).isEqualTo("0");
        proxy.resetServer();
      }
    }
    callOf("alice", "0");
    awaitConnections(0);

    assertThat(delayed()).isEmpty();
    assertThat(aborted()).isEmpty();
  }

  private void breakOff(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
        Frame farewell = Pestering.untilGoaway(client, Frame.SETTINGS, 0, 0, new byte[0]);
        assertThat(farewell.errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
      }
    }
  }

  /** How many seconds it took. The call begins with the handshake's last message, before anybody has read anything of it. */
  private double callOf(String identity, String status) throws Exception {
    long start = System.nanoTime();
    try (RawHttp2 client = lab.raw(Lab.port(server), identity)) {
      client.request(1, "/" + TextService.SAY).message(1, new byte[0]).send();
      assertThat(client.answer(1).grpcStatus()).isEqualTo(status);
    }
    return (double) (System.nanoTime() - start) / Duration.ofSeconds(1).toNanos();
  }

  private void awaitConnections(int count) throws Exception {
    Admin.awaitMetric(server, "countersign_server_connections", count);
  }

  private String delayed() throws Exception {
    return Admin.metric(server, "countersign_guard_connections_total", DELAYED);
  }

  private String aborted() throws Exception {
    return Admin.metric(server, "countersign_server_connections_aborted_total");
  }
}
