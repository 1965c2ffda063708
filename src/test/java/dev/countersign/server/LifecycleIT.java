package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.assessment.RawHttp2;
import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a server starts, or does not, and how it ends. */
class LifecycleIT {
  private final TextService service = new TextService();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @TempDir
  private Path directory;

  private Lab lab;

  @BeforeEach
  void open() {
    lab = new Lab(directory);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    lab.close();
  }

  @Test
  void drainLetsARunningCallFinishWhileTheServerIsNotReady() throws Exception {
    SecureServer server = start(Duration.ofSeconds(30));
    assertThat(Admin.get(server, "/readyz")).startsWith("HTTP/1.1 200 ");
    Future<String> call = hold(lab.channel(server, "alice"));
    StreamObserver<String> responses = held();

    try (CapturedLog log = new CapturedLog()) {
      Future<?> closing = threads.submit(server::close);
      log.await("draining");

      assertThat(Admin.get(server, "/readyz"))
          .startsWith("HTTP/1.1 503 ")
          .contains("draining: the server is shutting down");
      assertThat(call.isDone()).isFalse();
      responses.onNext("finished");
      responses.onCompleted();
      assertThat(call.get(15, TimeUnit.SECONDS)).isEqualTo("finished");
      closing.get(15, TimeUnit.SECONDS);
    }
  }

  @Test
  void closeEndsTheThreadThatLooksAtOpenCalls() throws Exception {
    Set<Thread> before = lookingThreads();
    SecureServer server = start(Duration.ofSeconds(1));
    TextService.say(lab.channel(server, "alice"), "x");
    Set<Thread> own = lookingThreads();
    own.removeAll(before);
    assertThat(own).hasSize(1);

    server.close();

    for (Thread thread : own) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }

  private static Set<Thread> lookingThreads() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().equals("countersign-live"));
    return threads;
  }

  @Test
  void cancelsWhatStillRunsAtTheDeadline() throws Exception {
    SecureServer server = start(Duration.ofMillis(300));
    Future<String> call = hold(lab.channel(server, "alice"));
    held();

    long before = System.nanoTime();
    server.close();

    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .isBetween(Duration.ofMillis(300), Duration.ofSeconds(10));
    assertThatThrownBy(() -> call.get(15, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .satisfies(
            failure -> assertThat(Status.fromThrowable(failure.getCause()).getCode())
                .isIn(Code.UNAVAILABLE, Code.CANCELLED));
    server.awaitTermination();
  }

  @Test
  void mayBeClosedBySeveralThreadsAndWritesAuditOnce() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    SecureServer server = lab.start(lab.server("""
        {"name": "text", "allow_rules": [{"name": "all", "source": {}}],
         "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW",
           "audit_loggers": [{"name": "closing"}]}}
        """)
        .auditSink(new ClosingSink(closed))
        .service(service)
        .drain(Duration.ofSeconds(30)));
    Future<String> call = hold(lab.channel(server, "alice"));
    StreamObserver<String> responses = held();
    try (CapturedLog log = new CapturedLog()) {
      Future<?> one = threads.submit(server::close);
      log.await("draining");
      Future<?> two = threads.submit(server::close);

      responses.onNext("finished");
      responses.onCompleted();
      one.get(15, TimeUnit.SECONDS);
      two.get(15, TimeUnit.SECONDS);
      server.close();
    }

    assertThat(call.get(15, TimeUnit.SECONDS)).isEqualTo("finished");
    assertThat(closed).hasValue(1);
  }

  @Test
  void closesTheFirstListenerWhenTheSecondCannotOpen() throws Exception {
    Transport transport = Transport.mutualTls(lab.material(lab.identity("server"), Role.SERVER));
    int free;
    try (ServerSocket taken = new ServerSocket(0, 1, Lab.loopback().getAddress())) {
      try (ServerSocket probe = new ServerSocket(0, 1, Lab.loopback().getAddress())) {
        free = probe.getLocalPort();
      }
      SecureServer.Builder builder = SecureServer.builder()
          .guardedBy(Lab.policy(TextService.POLICY))
          .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), free), transport)
          .listen(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort()),
              transport);

      assertThatThrownBy(builder::start).isInstanceOf(IOException.class);
    }
    SecureServer alone = lab.start(SecureServer.builder()
        .guardedBy(Lab.policy(TextService.POLICY))
        .service(service)
        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), free), transport));
    assertThat(TextService.say(lab.channel(alone, "alice"), "here")).isEqualTo("here");
  }

  @Test
  void severalListenersShareServicesAndGuard() throws Exception {
    Transport transport = Transport.mutualTls(lab.material(lab.identity("server"), Role.SERVER));
    SecureServer server = lab.start(
        lab.server(TextService.POLICY).service(service).listen(Lab.loopback(), transport));

    assertThat(server.addresses()).hasSize(2);
    for (SecureServer.ListenAddress listener : server.addresses()) {
      try (RawHttp2 client = lab.raw(listener.address().getPort(), "mallory")) {
        assertThat(client
                .request(1, "/" + TextService.SAY)
                .message(1, new byte[0])
                .send()
                .answer(1)
                .grpcStatus())
            .isEqualTo("7");
      }
    }
  }

  @Test
  void needsAListenerAndAPolicy() throws Exception {
    assertThatThrownBy(() ->
            SecureServer.builder().guardedBy(Lab.policy(TextService.POLICY)).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("listener");
    Transport transport = Transport.mutualTls(lab.material(lab.identity("server"), Role.SERVER));
    assertThatThrownBy(
            () -> SecureServer.builder().listen(Lab.loopback(), transport).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("policy");
  }

  @Test
  void channelNeedsAnExpectedServerAndGivesUnaryCallsADeadline() throws Exception {
    SecureServer server = start(Duration.ofMillis(100));
    KeyMaterial material = lab.material(lab.identity("alice"), Role.CLIENT);
    String target = "127.0.0.1:" + Lab.port(server);
    assertThatThrownBy(
            () -> SecureChannel.to(target, Transport.mutualTls(material)).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("expected server identity");

    ManagedChannel channel = SecureChannel.to(target, Transport.mutualTls(material))
        .expecting(Lab.SERVER)
        .defaultDeadline(Duration.ofMillis(1500))
        .build();
    try {
      assertThat(TextService.say(channel, "in time")).isEqualTo("in time");
      assertThatThrownBy(() -> hold(channel).get(15, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .satisfies(
              failure -> assertThat(Status.fromThrowable(failure.getCause()).getCode())
                  .isEqualTo(Code.DEADLINE_EXCEEDED));
    } finally {
      channel.shutdownNow();
    }
  }

  private SecureServer start(Duration drain) throws Exception {
    return lab.start(
        lab.server(TextService.POLICY).service(service).admin(Lab.loopback()).drain(drain));
  }

  private Future<String> hold(ManagedChannel channel) {
    Callable<String> call = () -> ClientCalls.blockingUnaryCall(
        channel, TextService.method(TextService.HOLD), CallOptions.DEFAULT, "hold");
    return threads.submit(call);
  }

  private StreamObserver<String> held() throws InterruptedException {
    StreamObserver<String> responses = service.held.poll(15, TimeUnit.SECONDS);
    assertThat(responses).isNotNull();
    return responses;
  }

  /** Counts how often it was closed. */
  private record ClosingSink(AtomicInteger closed)
      implements dev.countersign.guard.AuditSinkProvider {
    @Override
    public String name() {
      return "closing";
    }

    @Override
    public dev.countersign.guard.AuditSink create(String configJson) {
      return new dev.countersign.guard.AuditSink() {
        @Override
        public void record(dev.countersign.guard.AuditRecord event) {}

        @Override
        public void close() {
          closed.incrementAndGet();
        }
      };
    }
  }
}
