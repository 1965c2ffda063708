package dev.countersign.bench;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one server in a process of its own spends on a connection and on a call, and how much memory a connection holds; then
 * what {@link ScaleModel} makes of it. The model's single-machine point is checked: what connections cost two at a time says how many
 * this machine makes eight at a time.
 */
final class ScaleFigures {
  private static final int IDLE_CONNECTIONS = Effort.of(1000, 50);
  private static final Duration COLD = Duration.ofNanos(Effort.warmUp(30));
  private static final Duration WARM_UP = Duration.ofNanos(Effort.warmUp(8));
  private static final Duration ROUND = Duration.ofNanos(Effort.warmUp(10));

  private final Path directory;
  private final Transport transport;
  private final Process server;
  private final String target;

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
  }

  private ScaleFigures(BenchIdentities identities) throws Exception {
    directory = identities.directory();
    transport = identities.client();
    server = start();
    target = target();
  }

  public static void main(String[] args) throws Exception {
    // A client resumes sessions by default, and this is about full handshakes.
    System.setProperty("io.netty.handler.ssl.openssl.sessionCacheClient", "false");
    ScaleFigures figures = new ScaleFigures(BenchIdentities.create());
    try {
      figures.run();
    } finally {
      figures.server.destroy();
      figures.server.waitFor();
    }
    System.exit(0);
  }

  private void run() throws Exception {
    work(8, COLD, this::connectAndCall);
    Work half = work(2, ROUND, this::connectAndCall);
    Work full = work(8, ROUND, this::connectAndCall);
    print("new connection and call, 2 at a time", half);
    print("new connection and call, 8 at a time", full);
    int processors = Runtime.getRuntime().availableProcessors();
    double predicted = processors * 1e6 / half.bothMicros();
    Figure.of("scale", "new connections that the model predicts from 2 at a time")
        .measured(predicted, "/s")
        .beside("8 at a time, measured", predicted / full.perSecond())
        .record();
    ManagedChannel channel = channel();
    work(64, WARM_UP, () -> call(channel));
    Work calls = work(64, ROUND, () -> call(channel));
    print("unary call, 64 at a time, one connection", calls);
    channel.shutdownNow();
    memory();
    new ScaleModel(full.serverMicros() / 1e3, calls.serverMicros()).print();
  }

  private void memory() throws Exception {
    long before = bytesInUse();
    List<ManagedChannel> open = new ArrayList<>();
    for (int i = 0; i < IDLE_CONNECTIONS; i++) {
      ManagedChannel channel = channel();
      call(channel);
      open.add(channel);
    }
    long after = bytesInUse();
    Figure.of("scale", "memory of an idle connection, heap and buffers")
        .measured((after - before) / 1024.0 / IDLE_CONNECTIONS, "KiB")
        .record();
    open.forEach(ManagedChannel::shutdownNow);
  }

  /** The heap in use after a collection, and what is resident beside the heap, which is resident from the start. */
  private long bytesInUse() throws IOException, InterruptedException {
    jcmd("GC.run");
    jcmd("GC.run");
    Matcher used = Pattern.compile("used (\\d+)K").matcher(jcmd("GC.heap_info"));
    String status = Files.readString(Path.of("/proc/" + server.pid() + "/status"));
    Matcher resident = Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(status);
    if (!used.find() || !resident.find()) {
      throw new IllegalStateException("no figures of memory: " + status);
    }
    return 1024 * (Long.parseLong(used.group(1)) + Long.parseLong(resident.group(1)));
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
            Long.toString(server.pid()),
            command)
        .redirectErrorStream(true)
        .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  private Work work(int concurrent, Duration time, Runnable once) throws InterruptedException {
    AtomicLong done = new AtomicLong();
    double server = serverSeconds();
    double own = seconds(ProcessHandle.current());
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
    return new Work(
        done.get(),
        (System.nanoTime() - begin) / 1e9,
        serverSeconds() - server,
        seconds(ProcessHandle.current()) - own);
  }

  private double serverSeconds() {
    return seconds(server.toHandle());
  }

  private static double seconds(ProcessHandle process) {
    return process.info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
  }

  private static void print(String what, Work work) {
    Figure.of("scale", what + ": a second").measured(work.perSecond(), "/s").record();
    Figure.of("scale", what + ": server CPU")
        .measured(work.serverMicros(), "us")
        .record();
    Figure.of("scale", what + ": CPU of both ends")
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
    return SecureChannel.to(target, transport).expecting(BenchIdentities.SERVER).build();
  }

  private Process start() throws IOException {
    Files.writeString(directory.resolve("policy.json"), """
        {"name":"bench","allow_rules":[{"name":"client",
          "source":{"principals":["spiffe://example.org/client"]},
          "request":{"paths":["/grpc.health.v1.Health/Check"]}}]}
        """);
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms512m",
            "-Xmx512m",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseG1GC",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.countersign.cli.Main",
            "serve",
            "--listen=mtls=127.0.0.1:0",
            "--admin=127.0.0.1:0",
            "--identity=" + directory.resolve("server"),
            "--policy=" + directory.resolve("policy.json"),
            "--max-connections-per-identity=5000",
            "--ready-file=" + directory.resolve("ready.json"))
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("server.log").toFile())
        .start();
  }

  private String target() throws IOException {
    Path ready = directory.resolve("ready.json");
    while (!Files.exists(ready)) {
      if (!server.isAlive()) {
        throw new IllegalStateException(Files.readString(directory.resolve("server.log")));
      }
      LockSupport.parkNanos(10_000_000);
    }
    Matcher address = Pattern.compile("\"address\":\"([^\"]*)\"").matcher(Files.readString(ready));
    if (!address.find()) {
      throw new IllegalStateException(Files.readString(ready));
    }
    return address.group(1);
  }
}
