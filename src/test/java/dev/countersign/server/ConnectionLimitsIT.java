package dev.countersign.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.ClientIdentity;
import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import dev.countersign.credentials.Connection;
import dev.countersign.credentials.ConnectionEvents;
import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.guard.Guard;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many connections there may be, and how long one may take to become one. */
class ConnectionLimitsIT {
  private static final Limits WIDE = Limits.DEFAULT;
  private static final int HANDSHAKES_PER_SOURCE = 512;
  private static final int PATIENCE_MILLIS = 15_000;
  private static final byte[] HALF_CLIENT_HELLO = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 7};

  @TempDir
  private Path directory;

  private Lab lab;

  @BeforeEach
  void open() {
    lab = new Lab(directory);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void closesConnectionsBeyondTheLimitUntilOneEnds() throws Exception {
    SecureServer server = start(limits(2, 10, WIDE.handshakeTimeout(), WIDE.maxConnectionAge()));
    try (CapturedLog log = new CapturedLog();
        Socket first = new Socket(InetAddress.getLoopbackAddress(), Lab.port(server));
        RawHttp2 second = lab.raw(Lab.port(server), "alice")) {
      assertThat(say(second, 1)).isEqualTo("0");

      try (Socket third = new Socket(InetAddress.getLoopbackAddress(), Lab.port(server))) {
        assertThat(endOf(third)).isLessThan(0);
        assertThat(log.await("closed connection")).contains("at most 2");
      }
      assertThat(say(second, 3)).isEqualTo("0");

      first.shutdownOutput();
      log.await("handshake with mtls peer");
      try (RawHttp2 again = connectsWithin(Lab.port(server))) {
        assertThat(say(again, 1)).isEqualTo("0");
      }
    }
  }

  /** The place is free a moment after the log has said why the other handshake ended. */
  private RawHttp2 connectsWithin(int port) {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    AtomicReference<@Nullable RawHttp2> connected = new AtomicReference<>();
    while (catchThrowable(() -> connected.set(lab.raw(port, "alice"))) != null
        && System.nanoTime() < deadline) {
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    return requireNonNull(connected.get());
  }

  @Test
  void silentPeersOfOneAddressKeepNobodyElseOut() throws Exception {
    SecureServer server = start(WIDE);
    try (CapturedLog log = new CapturedLog();
        HalfOpenClients silent = new HalfOpenClients()) {
      silent.connectSilently(HANDSHAKES_PER_SOURCE + 1, "127.0.0.2", address(server));

      assertThat(log.await("closed mtls connection from /127.0.0.2:"))
          .contains("TOO_MANY_FROM_ADDRESS", "(at most " + HANDSHAKES_PER_SOURCE + ")");
      try (RawHttp2 other = lab.raw(Lab.port(server), "alice")) {
        assertThat(say(other, 1)).isEqualTo("0");
      }
    }
  }

  @Test
  void handshakesThatAreOverLeaveTheirPlaces() throws Exception {
    SecureServer server = start(WIDE);
    try (CapturedLog log = new CapturedLog();
        HalfOpenClients silent = new HalfOpenClients()) {
      silent.connectSilently(HANDSHAKES_PER_SOURCE - 1, "127.0.0.1", address(server));
      try (RawHttp2 first = lab.raw(Lab.port(server), "alice")) {
        // A client is done before the server is; an answer shows that both are.
        assertThat(say(first, 1)).isEqualTo("0");
        try (RawHttp2 second = lab.raw(Lab.port(server), "alice")) {
          assertThat(say(second, 1)).isEqualTo("0");
        }
        assertThat(log.lines()).noneMatch(line -> line.contains("TOO_MANY_FROM_ADDRESS"));
        silent.connectSilently(2, "127.0.0.1", address(server));
        log.await("TOO_MANY_FROM_ADDRESS");
      }
    }
    try (RawHttp2 again = connectsWithin(Lab.port(server))) {
      assertThat(say(again, 1)).isEqualTo("0");
    }
  }

  @Test
  void limitsTheConnectionsOfOneIdentityAndFreesTheirPlaces() throws Exception {
    SecureServer server = start(limits(100, 1, WIDE.handshakeTimeout(), WIDE.maxConnectionAge()));
    ManagedChannel first = lab.channel(server, "alice");
    assertThat(TextService.say(first, "one")).isEqualTo("one");

    ManagedChannel second = lab.channel(server, "alice");
    assertThatThrownBy(() -> TextService.say(second, "two"))
        .satisfies(failure -> assertThat(Status.fromThrowable(failure).toString())
            .isEqualTo(Status.RESOURCE_EXHAUSTED
                .withDescription("too many connections of this identity")
                .toString()));
    assertThat(TextService.say(first, "one")).isEqualTo("one");

    try (RawHttp2 watch = lab.raw(Lab.port(server), "bob")) {
      // Another identity has places of its own: denied by the policy, not by the limit.
      assertThat(say(watch, 1)).isEqualTo("7");
      first.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      assertThat(answersWithin(second)).isEqualTo("two");
    }
  }

  /** One may wait for the place of the other; neither that nor the other's calls are disturbed by a third. */
  @Test
  void closesConnectionsOfOneIdentityThatFindNoPlace() throws Exception {
    SecureServer server = start(limits(100, 1, WIDE.handshakeTimeout(), WIDE.maxConnectionAge()));
    try (CapturedLog log = new CapturedLog();
        RawHttp2 first = lab.raw(Lab.port(server), "alice")) {
      assertThat(say(first, 1)).isEqualTo("0");
      try (RawHttp2 second = lab.raw(Lab.port(server), "alice")) {
        assertThat(say(second, 1)).isEqualTo("8");
        try (RawHttp2 third = lab.raw(Lab.port(server), "alice")) {
          assertThat(endOf(third.socket())).isLessThan(0);
          assertThat(log.await("closed connection")).contains("its identity has too many");
        }
        assertThat(say(second, 3)).isEqualTo("8");
        assertThat(endOf(second.socket())).isLessThan(0);
      }
      assertThat(say(first, 3)).isEqualTo("0");
    }
  }

  /** The place is free once the server has seen the other connection end, which nobody else is told. */
  private static String answersWithin(ManagedChannel channel) {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    Throwable failure = catchThrowable(() -> TextService.say(channel, "two"));
    while (failure != null
        && Status.fromThrowable(failure).getCode() == Code.RESOURCE_EXHAUSTED
        && System.nanoTime() < deadline) {
      failure = catchThrowable(() -> TextService.say(channel, "two"));
    }
    return TextService.say(channel, "two");
  }

  @Test
  void endsHandshakesThatTakeTooLong() throws Exception {
    SecureServer server = start(limits(100, 10, Duration.ofSeconds(2), WIDE.maxConnectionAge()));
    try (RawHttp2 prompt = lab.raw(Lab.port(server), "alice");
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), Lab.port(server));
        Socket half = new Socket(InetAddress.getLoopbackAddress(), Lab.port(server))) {
      assertThat(say(prompt, 1)).isEqualTo("0");
      half.getOutputStream().write(HALF_CLIENT_HELLO);

      assertThat(endOf(silent)).isLessThan(0);
      assertThat(endOf(half)).isLessThan(0);
      assertThat(say(prompt, 3)).isEqualTo("0");
    }
  }

  @Test
  void endsConnectionsThatReachedTheirAgeWithoutFailingCalls() throws Exception {
    SecureServer server = start(limits(100, 10, WIDE.handshakeTimeout(), Duration.ofMillis(300)));
    ManagedChannel channel = lab.channel(server, "alice");
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      assertThat(say(client, 1)).isEqualTo("0");
      assertThat(TextService.say(channel, "young")).isEqualTo("young");

      Frame farewell = client.next(Frame.GOAWAY);
      assertThat(farewell.errorCode()).isZero();
      assertThat(farewell.debugText()).isEqualTo("max_age");
      assertThat(TextService.say(channel, "reconnected")).isEqualTo("reconnected");
    }
  }

  @Test
  void tellsOnceHowEachHandshakeFailedAndThatItsConnectionEnded() throws Exception {
    Events events = new Events();
    Transport transport = Transport.mutualTls(lab.material(lab.identity("server"), Role.SERVER));
    Server server = NettyServerBuilder.forAddress(
            Lab.loopback(), transport.serverCredentials(events))
        .addService(new TextService())
        .handshakeTimeout(2, TimeUnit.SECONDS)
        .build()
        .start();
    try {
      try (RawHttp2 good = lab.raw(server.getPort(), "alice")) {
        assertThat(say(good, 1)).isEqualTo("0");
      }
      assertThat(events.next()).isEqualTo("closed");

      try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
        assertThat(endOf(silent)).isLessThan(0);
      }
      assertThat(events.next()).startsWith("failed");
      assertThat(events.next()).isEqualTo("closed");

      try (Socket chatty = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
        chatty
            .getOutputStream()
            .write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(events.next()).startsWith("failed");
        assertThat(events.next()).isEqualTo("closed");
      }

      Path expired = directory.resolve("expired");
      lab.forge()
          .leaf()
          .spiffe("spiffe://example.org/ns/demo/sa/alice")
          .clientAndServer()
          .notAfter(java.time.Instant.now().minusSeconds(60))
          .issuedBy(lab.issuing())
          .writeTo(expired);
      try (RawHttp2 late = RawHttp2.connect(server.getPort(), ClientIdentity.in(expired))) {
        assertThat(events.next()).isEqualTo("failed EXPIRED");
        assertThat(events.next()).isEqualTo("closed");
        assertThat(late.socket().isConnected()).isTrue();
      }
      assertThat(events.told).isEmpty();
    } finally {
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void guardRefusesEveryCallOnCredentialsThatAreNotOurs() throws Exception {
    Path own = lab.identity("server");
    Guard guard = Guard.builder(Lab.policy(TextService.POLICY)).build();
    TextService service = new TextService();
    Server server = guard
        .protect(NettyServerBuilder.forAddress(
            Lab.loopback(),
            io.grpc.TlsServerCredentials.newBuilder()
                .keyManager(
                    own.resolve("tls.crt").toFile(), own.resolve("tls.key").toFile())
                .trustManager(own.resolve("ca.crt").toFile())
                .clientAuth(io.grpc.TlsServerCredentials.ClientAuth.REQUIRE)
                .build()))
        .addService(service)
        .build()
        .start();
    SecureServer ours = start(WIDE);
    try (RawHttp2 allowed = lab.raw(Lab.port(ours), "alice");
        RawHttp2 client = lab.raw(server.getPort(), "alice")) {
      assertThat(say(allowed, 1)).isEqualTo("0");

      assertThat(client
              .request(1, "/" + TextService.SAY)
              .message(1, new byte[0])
              .send()
              .answer(1))
          .isEqualTo(new RawHttp2.Answer("200", "16", "not authenticated"));
      assertThat(service.headers).isEmpty();
    } finally {
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      guard.close();
    }
  }

  private static InetSocketAddress address(SecureServer server) {
    return server.addresses().get(0).address();
  }

  private SecureServer start(Limits limits) throws Exception {
    return lab.start(lab.server(TextService.POLICY).limits(limits).service(new TextService()));
  }

  private static Limits limits(int connections, int perIdentity, Duration handshake, Duration age) {
    return new Limits(
        connections,
        perIdentity,
        WIDE.maxStreams(),
        WIDE.maxMessageBytes(),
        WIDE.maxMetadataBytes(),
        handshake,
        WIDE.maxConnectionIdle(),
        age,
        Duration.ofSeconds(5));
  }

  private static String say(RawHttp2 client, int stream) throws Exception {
    return client
        .request(stream, "/" + TextService.SAY)
        .message(stream, new byte[] {'x'})
        .send()
        .answer(stream)
        .grpcStatus();
  }

  /** Reads until the server ends the connection; a timeout would fail the test. */
  private static int endOf(Socket socket) throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    InputStream in = socket.getInputStream();
    int last = in.read();
    while (last >= 0) {
      last = in.read();
    }
    return last;
  }

  private static final class Events implements ConnectionEvents {
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    String next() throws InterruptedException {
      String event = told.poll(15, TimeUnit.SECONDS);
      assertThat(event).isNotNull();
      return event;
    }

    @Override
    public void handshakeFailed(Connection connection, Throwable cause) {
      Throwable root = cause;
      while (root.getCause() != null && !(root instanceof PeerRefusedException)) {
        root = root.getCause();
      }
      told.add("failed "
          + (root instanceof PeerRefusedException refusal
              ? refusal.reason()
              : root.getClass().getSimpleName()));
    }

    @Override
    public void closed(Connection connection) {
      told.add("closed");
    }
  }
}
