package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A message of which a byte comes now and then: it is waited for until the connection has reached its age, and no longer. */
@Timeout(120)
final class SlowMessageIT {
  private static final String PATH = "/" + TextService.SAY;
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
  private static final int LENGTH = 10_000;
  private static final long EVERY_MILLIS = 20;

  private final TextService service = new TextService();

  @TempDir
  private Path directory;

  private Lab lab;

  @BeforeEach
  void open() {
    lab = new Lab(directory);
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @Test
  void aMessageThatNeverEndsIsCutOffAtTheAgeOfItsConnection() throws Exception {
    SecureServer young = serveFor(Duration.ofSeconds(6));
    SecureServer old = serveFor(Duration.ofHours(1));
    try (RawHttp2 kept = lab.raw(Lab.port(old), "alice");
        RawHttp2 cut = lab.raw(Lab.port(young), "alice")) {
      for (RawHttp2 client : new RawHttp2[] {cut, kept}) {
        assertThat(client.request(1, PATH).message(1, HELLO).send().answer(1).grpcStatus())
            .isEqualTo("0");
        client.request(3, PATH).frame(Frame.DATA, 0, 3, prefix()).send();
      }

      CountDownLatch ended = new CountDownLatch(1);
      Thread reader = new Thread(() -> {
        // A reset is an end as well.
        Throwable unused = catchThrowable(() -> cut.next(Frame.CLOSED));
        ended.countDown();
      });
      reader.start();
      int sent = 0;
      while (!ended.await(EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
        drip(kept);
        // It fails when the server has ended the connection and nobody has read of it yet.
        Throwable unused = catchThrowable(() -> drip(cut));
        sent++;
      }

      assertThat(sent).isPositive();
      assertThat(kept.frame(Frame.DATA, Frame.END_STREAM, 3, new byte[LENGTH - sent])
              .send()
              .answer(3)
              .grpcStatus())
          .isEqualTo("0");
    }
    assertThat(TextService.say(lab.channel(young, "alice"), "next")).isEqualTo("next");
  }

  private static byte[] prefix() {
    return ByteBuffer.allocate(5).put((byte) 0).putInt(LENGTH).array();
  }

  private static void drip(RawHttp2 client) throws IOException {
    client.frame(Frame.DATA, 0, 3, new byte[1]).send();
  }

  private SecureServer serveFor(Duration age) throws Exception {
    Limits limits = Limits.DEFAULT;
    return lab.start(lab.server(TextService.POLICY)
        .service(service)
        .limits(new Limits(
            limits.maxConnections(),
            limits.maxConnectionsPerIdentity(),
            limits.maxStreams(),
            limits.maxMessageBytes(),
            limits.maxMetadataBytes(),
            limits.handshakeTimeout(),
            limits.maxConnectionIdle(),
            age,
            Duration.ofMillis(500))));
  }
}
