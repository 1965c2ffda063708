package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.netty.util.internal.PlatformDependent;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages that are begun and never ended hold the bytes that came, and nothing that they claim, until their connection ends. */
@Timeout(300)
class UnfinishedMessagesIT {
  private static final String PATH = "/" + TextService.SAY;
  private static final int CLAIMED = Limits.DEFAULT.maxMessageBytes();
  private static final int FRAME = 16 << 10;
  private static final int FIRST_WINDOW = 65_535;
  private static final int INITIAL_WINDOW = 4;

  /** A busy machine may stop a client for as long as the server waits for it to hear why. */
  private static final int ROUNDS = 3;

  /** As many as a connection may have open, or fewer, so that it is quick. */
  private static final int STREAMS =
      Integer.getInteger("countersign.unfinished.streams", Limits.DEFAULT.maxStreams() / 5);

  /** Netty takes memory by chunks of 4 MiB, for each event loop, and lets some of it lie. */
  private static final long SLACK = 64L << 20;

  private static final String BOTH = """
      {"name": "text", "allow_rules": [{"name": "both", "source": {"principals": [
         "spiffe://example.org/ns/demo/sa/alice", "spiffe://example.org/ns/demo/sa/bob"]}}]}
      """;

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server = lab.start(lab.server(TextService.POLICY).service(new TextService()));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @Test
  void holdTheBytesThatCameAndFreeThemWithTheirConnection() throws Exception {
    long came = (long) STREAMS * (CLAIMED - 1);
    assertThat(TextService.say(lab.channel(server, "alice"), "calm")).isEqualTo("calm");
    long calm = PlatformDependent.usedDirectMemory();
    assertThat(calm).isPositive();

    for (int round = 0; round < 2; round++) {
      try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
        Sender sender = new Sender(client);
        for (int i = 0; i < STREAMS; i++) {
          sender.begin(2 * i + 1, CLAIMED - 1);
        }
        // The window for the last bytes comes when they have been taken.
        long held = awaitAtLeast(calm + came - (2 << 20)) - calm;
        System.out.printf(
            "%d unfinished messages: %d MiB came, %d MiB are held%n",
            STREAMS, came >> 20, held >> 20);
        // What comes out of a TLS record lies in a buffer that is half as large again.
        assertThat(held).isLessThan(2 * came + SLACK);
        assertThat(TextService.say(lab.channel(server, "alice"), "meanwhile"))
            .isEqualTo("meanwhile");
      }
    }
  }

  @Test
  void holdNothingOfWhatTheyClaim() throws Exception {
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      assertThat(TextService.say(lab.channel(server, "alice"), "calm")).isEqualTo("calm");
      long calm = PlatformDependent.usedDirectMemory();
      Sender sender = new Sender(client);
      for (int i = 0; i < Limits.DEFAULT.maxStreams(); i++) {
        sender.begin(2 * i + 1, 1);
      }
      assertThat(TextService.say(lab.channel(server, "alice"), "meanwhile")).isEqualTo("meanwhile");
      assertThat(PlatformDependent.usedDirectMemory() - calm).isLessThan(SLACK);
    }
  }

  /** Who holds most, over all its connections, loses the largest of them; nobody else does. */
  @Test
  void thatHoldTooMuchTogetherCostTheirPeerAConnection() throws Exception {
    SecureServer small = lab.start(
        lab.server(BOTH).service(new TextService()).unfinishedBytes(2 << 20).admin(Lab.loopback()));
    try (CapturedLog log = new CapturedLog();
        RawHttp2 greedy = lab.raw(Lab.port(small), "alice");
        RawHttp2 another = lab.raw(Lab.port(small), "alice");
        RawHttp2 modest = lab.raw(Lab.port(small), "bob")) {
      // The largest is of who holds less in all.
      new Sender(modest).begin(1, 900 << 10);
      new Sender(another).begin(1, 400 << 10);
      Sender most = new Sender(greedy);
      most.begin(1, 500 << 10);
      assertThat(aborted(small)).isEmpty();

      most.begin(3, 400 << 10);

      Frame farewell = greedy.next(Frame.GOAWAY);
      assertThat(farewell.errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
      assertThat(farewell.debugText()).isEqualTo("too_many_unfinished_bytes");
      assertThat(log.await("broke off connection"))
          .startsWith("WARNING")
          .contains("too_many_unfinished_bytes", "127.0.0.1:" + greedy.socket().getLocalPort());
      assertThat(aborted(small)).contains("ENHANCE_YOUR_CALM").endsWith(" 1.0");
      for (RawHttp2 spared : List.of(another, modest)) {
        spared.request(3, PATH).message(3, new byte[] {'x'}).send();
        assertThat(spared.answer(3).grpcStatus()).isEqualTo("0");
      }
    }
  }

  /** One message after the other, many times the bound: what is complete does not count. */
  @Test
  void thatAreCompletedCostNothing() throws Exception {
    SecureServer small = lab.start(
        lab.server(BOTH).service(new TextService()).unfinishedBytes(2 << 20).admin(Lab.loopback()));
    String large = "x".repeat(1 << 20);
    for (int i = 0; i < 20; i++) {
      assertThat(TextService.say(lab.channel(small, "alice"), large)).isEqualTo(large);
    }
    assertThat(aborted(small)).isEmpty();
  }

  @Test
  void thatHoldTooMuchOverAltsCostTheConnectionAsWell() throws Exception {
    try (AltsLab alts = new AltsLab()) {
      SecureServer small = lab.start(SecureServer.builder()
          .listen(Lab.loopback(), alts.transport(AltsLab.SERVER))
          .guardedBy(Lab.policy(TextService.POLICY.replace(
              "spiffe://example.org/ns/demo/sa/alice", AltsLab.ALICE.name())))
          .service(new TextService())
          .unfinishedBytes(100 << 10)
          .admin(Lab.loopback()));
      int heard = 0;
      for (int i = 0; i < ROUNDS; i++) {
        ManagedChannel channel =
            alts.channel(small.addresses().get(0), alts.transport(AltsLab.ALICE), AltsLab.SERVER);
        assertThat(TextService.say(channel, "x".repeat(50 << 10))).hasSize(50 << 10);

        Throwable failure = catchThrowable(() -> TextService.say(channel, "x".repeat(4_000_000)));

        heard += Status.fromThrowable(failure).getCode() == Status.Code.RESOURCE_EXHAUSTED
                && String.valueOf(failure.getMessage()).contains("too_many_unfinished_bytes")
            ? 1
            : 0;
      }
      assertThat(heard).isPositive();
      assertThat(aborted(small))
          .contains("ENHANCE_YOUR_CALM", "alts")
          .endsWith(" " + ROUNDS + ".0");
    }
  }

  private static String aborted(SecureServer server) throws Exception {
    return Admin.metric(server, "countersign_server_connections_aborted_total");
  }

  private static long awaitAtLeast(long bytes) {
    long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (PlatformDependent.usedDirectMemory() < bytes && System.nanoTime() < deadline) {
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    assertThat(PlatformDependent.usedDirectMemory()).isGreaterThanOrEqualTo(bytes);
    return PlatformDependent.usedDirectMemory();
  }

  /** Sends as much as the server's windows allow. */
  private static final class Sender {
    private final RawHttp2 client;
    private final Map<Integer, Long> windows = new HashMap<>();
    private long window;
    private long shared = FIRST_WINDOW;

    Sender(RawHttp2 client) throws Exception {
      this.client = client;
      this.window = client.next(Frame.SETTINGS).setting(INITIAL_WINDOW);
    }

    void begin(int stream, int bytes) throws Exception {
      client.request(stream, PATH);
      client.frame(
          Frame.DATA, 0, stream, ByteBuffer.allocate(5).putInt(1, CLAIMED).array());
      client.send();
      windows.put(stream, window - 5);
      shared -= 5;
      for (int left = bytes; left > 0; ) {
        int next = (int) Math.min(Math.min(FRAME, left), Math.min(shared, windows.get(stream)));
        if (next <= 0) {
          hear(client.next());
          continue;
        }
        client.frame(Frame.DATA, 0, stream, new byte[next]).send();
        left -= next;
        shared -= next;
        windows.merge(stream, (long) -next, Long::sum);
      }
    }

    private void hear(Frame frame) {
      assertThat(frame.type()).isNotIn(Frame.CLOSED, Frame.GOAWAY, Frame.RST_STREAM);
      if (frame.type() == Frame.WINDOW_UPDATE) {
        long more = ByteBuffer.wrap(frame.payload()).getInt();
        if (frame.stream() == 0) {
          shared += more;
        } else {
          windows.merge(frame.stream(), more, Long::sum);
        }
      } else if (frame.type() == Frame.SETTINGS && frame.setting(INITIAL_WINDOW) >= 0) {
        // The server learns how fast the connection is, and widens the windows of all streams.
        long wider = frame.setting(INITIAL_WINDOW) - window;
        window += wider;
        windows.replaceAll((stream, left) -> left + wider);
      }
    }
  }
}
