package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.ClientIdentity;
import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import dev.countersign.pki.CertificateForge;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is still sending when the server ends the connection hears why, and not only that the connection was reset. */
@Timeout(300)
class LingeringCloseIT {
  private static final byte[] NOTHING = new byte[0];
  private static final int ROUNDS = 10;

  /** A client that a busy machine stops for as long as the server waits hears nothing; of a server that does not wait, nobody. */
  private static final int MOST_ROUNDS = 6;

  /** Far more than the frames of no use that a server takes. */
  private static final int BLOCK = 64 << 10;

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
  void whoIsBrokenOffWhileItSends() throws Exception {
    int heard = 0;
    for (int i = 0; i < ROUNDS; i++) {
      // Another one each time: an identity that does this again has to wait.
      try (RawHttp2 client = lab.raw(Lab.port(server), "flooder-" + i)) {
        Throwable end = catchThrowable(() -> {
          sendOn(client);
          assertThat(client.next(Frame.GOAWAY).errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
        });
        heard += end == null ? 1 : 0;
      }
    }
    assertThat(heard).isGreaterThanOrEqualTo(MOST_ROUNDS);
  }

  /** TLS 1.3 lets a client send before the server has looked at its certificate (RFC 8446 appendix E.1.2). */
  @Test
  void whoIsRefusedWhileItSends() throws Exception {
    Path foreign = foreign();
    int heard = 0;
    for (int i = 0; i < ROUNDS; i++) {
      try (RawHttp2 client = RawHttp2.connect(Lab.port(server), ClientIdentity.in(foreign))) {
        Throwable end = catchThrowable(() -> {
          sendOn(client);
          client.next(Frame.GOAWAY);
        });
        heard += end instanceof SSLException && String.valueOf(end.getMessage()).contains("alert")
            ? 1
            : 0;
      }
    }
    assertThat(heard).isGreaterThanOrEqualTo(MOST_ROUNDS);
  }

  private Path foreign() throws Exception {
    Path foreign = directory.resolve("foreign");
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    forge
        .leaf()
        .spiffe("spiffe://example.org/ns/demo/sa/alice")
        .clientAndServer()
        .issuedBy(forge.root("CN=Another root").selfSigned())
        .writeTo(foreign);
    return foreign;
  }

  /** Nobody waits without end for it to do so. */
  @Test
  void whoNeverHangsUpIsLeftAlone() throws Exception {
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      sendSettings(client);
      assertThat(client.next(Frame.GOAWAY).errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
      awaitNoConnection();
    }
    try (RawHttp2 client = RawHttp2.connect(Lab.port(server), ClientIdentity.in(foreign()))) {
      client.send();
      awaitNoConnection();
    }
  }

  /** What it holds of calls does not wait for the peer to hang up. */
  @Test
  void callsEndBeforeTheirConnectionHasLingered() throws Exception {
    boolean seen = false;
    for (int i = 0; i < ROUNDS && !seen; i++) {
      try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
        client.request(1, "/" + TextService.HOLD).request(3, "/" + TextService.SAY);
        client.message(3, NOTHING).send();
        assertThat(client.answer(3).grpcStatus()).isEqualTo("0");
        sendSettings(client);
        while (!metric("countersign_server_connections").endsWith(" 0.0")) {
          seen |= metric("countersign_guard_calls").endsWith(" 0.0")
              && metric("countersign_server_connections").endsWith(" 1.0");
        }
      }
    }
    assertThat(seen).isTrue();
  }

  /** What is thrown away has a bound: half a second of this machine's own network is far more. */
  @Test
  void whoSendsOnIsNotHeardForLong() throws Exception {
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      long[] sent = {0};
      assertThatThrownBy(() -> {
            while (sent[0] < 1L << 40) {
              sendSettings(client);
              sent[0] += BLOCK;
            }
          })
          .isInstanceOf(IOException.class);
      assertThat(sent[0]).isLessThan(64 << 20);
    }
  }

  /** The first block is too much, and the others come when the server has closed the connection. */
  private static void sendOn(RawHttp2 client) throws IOException {
    for (int i = 0; i < 6; i++) {
      sendSettings(client);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  /** A block of frames of which a server takes only so many. */
  private static void sendSettings(RawHttp2 client) throws IOException {
    for (int i = 0; i < BLOCK / 9; i++) {
      client.frame(Frame.SETTINGS, 0, 0, NOTHING);
    }
    client.send();
  }

  private void awaitNoConnection() throws Exception {
    Admin.awaitMetric(server, "countersign_server_connections", 0);
  }

  private String metric(String name) throws Exception {
    return Admin.metric(server, name);
  }
}
