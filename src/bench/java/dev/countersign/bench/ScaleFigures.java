package dev.countersign.bench;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What one server in a process of its own spends on a connection and on a call, and how much memory a connection holds; then
 * what {@link ScaleModel} makes of it. The model is held against two points that it was not fitted to: how much of a mixture of
 * calls and new connections this machine carries, and what a server spends whose clients come back at the age of their
 * connections. Each is predicted from calls alone and connections alone, at the rate or the concurrency that it has itself.
 */
final class ScaleFigures {
  private static final String BENCH = "scale";
  private static final int IDLE_CONNECTIONS = Effort.of(1000, 50);
  private static final Duration COLD = Duration.ofNanos(Effort.warmUp(30));
  private static final Duration WARM_UP = Duration.ofNanos(Effort.warmUp(8));
  private static final Duration ROUND = Duration.ofNanos(Effort.warmUp(10));
  private static final int CONNECTING = 8;
  private static final int CALLING = 64;

  /** Clients that come back: as long as their connections live, all can be opened and still be measured without an end. */
  private static final int RETURNING = Effort.of(360, 12);

  private static final Duration AGE = Duration.ofSeconds(Effort.of(12, 1));
  private static final Duration YOUNG = AGE.dividedBy(2);
  private static final double CALLS_PER_SECOND = Effort.of(600, 60);
  private static final double RETURNS_PER_SECOND = RETURNING / (double) AGE.toSeconds();
  private static final int ROUNDS = 2;
  private static final double WITHIN = 0.1;

  private final Transport transport;
  private final ScaledServer server;

  /** How much was done in a time, and the processor time of both ends. */
  private record Work(long times, double seconds, double serverSeconds, double ownSeconds) {
    double perSecond() {
      return times / seconds;
    }

    double serverMicros() {
      return serverSeconds * 1e6 / times;
    }

    double bothMicros() {
      return (serverSeconds + ownSeconds) * 1e6 / times;
    }

    double serverCores() {
      return serverSeconds / seconds;
    }

    Work and(Work other) {
      return new Work(
          times + other.times,
          seconds + other.seconds,
          serverSeconds + other.serverSeconds,
          ownSeconds + other.ownSeconds);
    }
  }

  /** Something that goes on for a while, and how many times it was done. */
  private interface Task {
    long run() throws Exception;
  }

  private ScaleFigures(Transport transport, ScaledServer server) {
    this.transport = transport;
    this.server = server;
  }

  public static void main(String[] args) throws Exception {
    // A client resumes sessions by default, and this is about full handshakes.
    System.setProperty("io.netty.handler.ssl.openssl.sessionCacheClient", "false");
    BenchIdentities identities = BenchIdentities.create();
    double kibibytes;
    try (ScaledServer patient = ScaledServer.start(identities.directory(), "patient")) {
      kibibytes = new ScaleFigures(identities.client(), patient).memory();
    }
    try (ScaledServer aged = ScaledServer.start(
        identities.directory(), "aged", "--max-connection-age=" + AGE.toSeconds() + "s")) {
      new ScaleFigures(identities.client(), aged).run(kibibytes);
    }
    System.exit(0);
  }

  private void run(double kibibytes) throws Exception {
    measured(() -> loop(CONNECTING, COLD, this::connectAndCall));
    ManagedChannel channel = channel();
    measured(() -> loop(CALLING, WARM_UP, () -> call(channel)));
    Work connections = measured(() -> loop(CONNECTING, ROUND, this::connectAndCall));
    Work calls = measured(() -> loop(CALLING, ROUND, () -> call(channel)));
    print("new connection and call, " + CONNECTING + " at a time", connections);
    print("unary call, " + CALLING + " at a time, one connection", calls);
    mixture(channel, connections, calls);
    channel.shutdownNow();
    returning(kibibytes);
    // What is full: the more is under way, the less each costs.
    new ScaleModel(
            (connections.serverMicros() - calls.serverMicros()) / 1e3,
            calls.serverMicros(),
            kibibytes)
        .print();
  }

  /** Both at once, as fast as it goes: the processors are shared by what each costs both ends. */
  private void mixture(ManagedChannel channel, Work connections, Work calls) throws Exception {
    AtomicLong connected = new AtomicLong();
    Work both = measured(() -> {
      AtomicReference<@Nullable Exception> failed = new AtomicReference<>();
      Thread connecting = new Thread(() -> {
        try {
          connected.set(loop(CONNECTING, ROUND, this::connectAndCall));
        } catch (InterruptedException e) {
          failed.set(e);
        }
      });
      connecting.start();
      long called = loop(CALLING, ROUND, () -> call(channel));
      connecting.join();
      if (failed.get() != null) {
        throw failed.get();
      }
      return called;
    });
    double share = connected.get() / (double) both.times();
    double micros = calls.bothMicros() + share * connections.bothMicros();
    double predicted = Runtime.getRuntime().availableProcessors() * 1e6 / micros;
    Figure.of(BENCH, "calls of a mixture with new connections: a second, predicted")
        .measured(predicted, "/s")
        .beside("measured", predicted / both.perSecond())
        .record();
    double cores =
        (calls.serverMicros() + share * connections.serverMicros()) * both.perSecond() / 1e6;
    Figure.of(BENCH, "calls of a mixture with new connections: server CPU, predicted")
        .measured(cores, "cores")
        .beside("measured", cores / both.serverCores())
        .record();
  }

  /** Clients that call at a fixed rate and come back whenever their connection has reached its age. */
  private void returning(double kibibytes) throws Exception {
    measured(() -> paced(RETURNS_PER_SECOND, WARM_UP));
    Work rest = measured(this::nothing);
    Work calls = youngCalls();
    Work returns = measured(() -> paced(RETURNS_PER_SECOND, YOUNG));
    for (int round = 1; round < ROUNDS; round++) {
      calls = calls.and(youngCalls());
      returns = returns.and(measured(() -> paced(RETURNS_PER_SECOND, YOUNG)));
    }
    double call = (calls.serverCores() - rest.serverCores()) / calls.perSecond();
    double connection = (returns.serverCores() - rest.serverCores()) / returns.perSecond() - call;
    ScaleModel model = new ScaleModel(connection * 1e3, call * 1e6, kibibytes);
    Figure.of(BENCH, "unary call, one at a time: server CPU")
        .measured(call * 1e6, "us")
        .record();
    Figure.of(BENCH, "new connection, one at a time: server CPU")
        .measured(connection * 1e3, "ms")
        .record();

    List<ManagedChannel> clients = clients();
    calls(clients, AGE);
    long before = server.handshakes();
    Work aged = measured(() -> calls(clients, AGE.multipliedBy(2)));
    double handshakes = (server.handshakes() - before) / aged.seconds();
    clients.forEach(ManagedChannel::shutdownNow);
    Figure.of(BENCH, "handshakes of clients that come back at the age: a second, predicted")
        .measured(RETURNS_PER_SECOND, "/s")
        .beside("measured", RETURNS_PER_SECOND / handshakes)
        .record();
    double cores =
        rest.serverCores() + model.load(RETURNING, CALLS_PER_SECOND, (double) AGE.toSeconds());
    Figure.of(BENCH, "clients that call and come back at the age: server CPU, predicted")
        .measured(cores, "cores")
        .beside("measured", cores / aged.serverCores())
        .record();
    Figure.of(BENCH, "the same, how far off")
        .measured(100 * Math.abs(cores / aged.serverCores() - 1), "%")
        .atMost(100 * WITHIN)
        .record();
  }

  /** On connections that are too young to end. */
  private Work youngCalls() throws Exception {
    List<ManagedChannel> clients = clients();
    Work work = measured(() -> calls(clients, YOUNG));
    clients.forEach(ManagedChannel::shutdownNow);
    return work;
  }

  private List<ManagedChannel> clients() {
    List<ManagedChannel> clients = new ArrayList<>();
    for (int i = 0; i < RETURNING; i++) {
      ManagedChannel client = channel();
      call(client);
      clients.add(client);
    }
    return clients;
  }

  private double memory() throws Exception {
    measured(() -> loop(CONNECTING, WARM_UP, this::connectAndCall));
    long before = server.bytesInUse();
    List<ManagedChannel> open = new ArrayList<>();
    for (int i = 0; i < IDLE_CONNECTIONS; i++) {
      ManagedChannel channel = channel();
      call(channel);
      open.add(channel);
    }
    double kibibytes = (server.bytesInUse() - before) / 1024.0 / IDLE_CONNECTIONS;
    open.forEach(ManagedChannel::shutdownNow);
    Figure.of(BENCH, "memory of an idle connection, heap and buffers")
        .measured(kibibytes, "KiB")
        .record();
    return kibibytes;
  }

  private Work measured(Task task) throws Exception {
    double serverBefore = server.processorSeconds();
    double ownBefore = ownSeconds();
    long begin = System.nanoTime();
    long times = task.run();
    return new Work(
        times,
        (System.nanoTime() - begin) / 1e9,
        server.processorSeconds() - serverBefore,
        ownSeconds() - ownBefore);
  }

  private static double ownSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
  }

  private long nothing() {
    long end = System.nanoTime() + YOUNG.toNanos();
    for (long left = YOUNG.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return 0;
  }

  /** So many threads, each of which does it again and again. */
  private static long loop(int concurrent, Duration time, Runnable once)
      throws InterruptedException {
    AtomicLong done = new AtomicLong();
    long begin = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < concurrent; i++) {
      Thread thread = new Thread(() -> {
        while (System.nanoTime() - begin < time.toNanos()) {
          once.run();
          done.incrementAndGet();
        }
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return done.get();
  }

  /** Calls at a fixed rate, each over the next of the clients. */
  private static long calls(List<ManagedChannel> clients, Duration time)
      throws InterruptedException {
    UnaryCall<?, ?> call = new UnaryCall<>(
        clients, HealthGrpc.getCheckMethod(), HealthCheckRequest.getDefaultInstance());
    return OpenLoop.run(call, CALLS_PER_SECOND, time.toNanos()).calls();
  }

  /** New connections at a fixed rate, whatever becomes of those before. */
  private long paced(double perSecond, Duration time) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    AtomicLong done = new AtomicLong();
    long begin = System.nanoTime();
    for (int i = 0; i < perSecond * time.toNanos() / 1e9; i++) {
      long intended = begin + (long) (i * 1e9 / perSecond);
      for (long left = intended - System.nanoTime();
          left > 0;
          left = intended - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      threads.execute(() -> {
        connectAndCall();
        done.incrementAndGet();
      });
    }
    threads.shutdown();
    if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("new connections have no end");
    }
    return done.get();
  }

  private static void print(String what, Work work) {
    Figure.of(BENCH, what + ": a second").measured(work.perSecond(), "/s").record();
    Figure.of(BENCH, what + ": server CPU").measured(work.serverMicros(), "us").record();
    Figure.of(BENCH, what + ": CPU of both ends")
        .measured(work.bothMicros(), "us")
        .record();
  }

  private void connectAndCall() {
    ManagedChannel channel = channel();
    call(channel);
    channel.shutdownNow();
  }

  private static void call(ManagedChannel channel) {
    var unused = HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance());
  }

  private ManagedChannel channel() {
    return SecureChannel.to(server.target(), transport)
        .expecting(BenchIdentities.SERVER)
        .build();
  }
}
