package dev.countersign.bench;

import com.google.protobuf.BytesValue;
import dev.countersign.bench.Figure.Curve;
import dev.countersign.credentials.Transport;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How memory and processor time of a server grow with idle connections and open streams, ours beside bare grpc-java; and how
 * policies and revocation lists grow with their entries ({@link GrowthOfInputs}). Argument: how many connections at most; the
 * limit of open files bounds it.
 */
final class GrowthFigures {
  private static final String BENCH = "growth";
  private static final String MEMORY_BY_CONNECTIONS = "MiB by idle connections";
  private static final String MEMORY_BY_STREAMS = "MiB by open streams";
  private static final String WORK_BY_CONNECTIONS = "ms of CPU a second by idle connections";
  private static final List<String> KINDS = List.of("ours", "bare grpc-java");
  private static final int STEPS = 4;
  private static final int STREAMS_EACH = 50;

  /** Connections before the first that counts: what a server loads and compiles for them all is no one's memory. */
  private static final int WARM = Effort.of(500, 10);

  private static final long IDLE_NANOS = Effort.warmUp(4);
  private static final double MEBI = 1 << 20;

  /** A few connections weigh less than what a process gives back meanwhile: only that there is a figure can be told. */
  private static final double LEAST = Effort.isSmoke() ? -1e9 : 0;

  private final BenchIdentities identities = BenchIdentities.create();

  private GrowthFigures() throws Exception {}

  public static void main(String[] args) throws Exception {
    GrowthFigures figures = new GrowthFigures();
    int connections = Effort.of(Integer.parseInt(args[0]), 80);
    figures.compare("idle connection", connections, figures::connections);
    figures.compare("open stream", Effort.of(10_000, 400), figures::streams);
    GrowthOfInputs.run();
    System.exit(0);
  }

  /** Fills a server step by step, and says what it holds after each. */
  private interface Filling {
    Map<Integer, Double> fill(String kind, int most) throws Exception;
  }

  private void compare(String what, int most, Filling filling) throws Exception {
    Map<Integer, Double> ours = filling.fill(KINDS.get(0), most);
    Map<Integer, Double> bare = filling.fill(KINDS.get(1), most);
    Figure each = Figure.of(BENCH, "memory of an " + what + ", at " + most)
        .measured(perUnit(ours, 0, most) / 1024, "KiB")
        .beside(KINDS.get(1), perUnit(ours, 0, most) / perUnit(bare, 0, most))
        .saneBetween(LEAST, 1e9);
    if (what.startsWith("idle")) {
      each.ratioAtMost(1.1);
    }
    each.record();
    int half = most / STEPS * (STEPS / 2);
    Figure.of(BENCH, "memory of an " + what + ", second half")
        .measured(perUnit(ours, half, most) / 1024, "KiB")
        .beside("first half", perUnit(ours, half, most) / perUnit(ours, 0, half))
        .saneBetween(LEAST, 1e9)
        .ratioAtMost(1.1)
        .record();
  }

  private static double perUnit(Map<Integer, Double> held, int from, int to) {
    return (held.getOrDefault(to, 0.0) - held.getOrDefault(from, 0.0)) / (to - from);
  }

  private Map<Integer, Double> connections(String kind, int most) throws Exception {
    Map<Integer, Double> held = new LinkedHashMap<>();
    try (BenchProcess server = server(kind);
        BenchProcess clients = BenchProcess.java(
            IdleClients.class,
            List.of("-Xmx3g"),
            identities.directory().resolve("client").toString())) {
      int port = Integer.parseInt(server.line());
      clients.ask(port + " " + WARM);
      held.put(0, Double.valueOf(server.ask("held")));
      for (int step = 1; step <= STEPS; step++) {
        clients.ask(port + " " + most / STEPS);
        int open = most / STEPS * step;
        held.put(open, Double.valueOf(server.ask("held")));
        double before = BenchProcess.processorSeconds(server.pid());
        TimeUnit.NANOSECONDS.sleep(IDLE_NANOS);
        double idle = BenchProcess.processorSeconds(server.pid()) - before;
        Figure.point(new Curve(BENCH, WORK_BY_CONNECTIONS, kind), open, idle * 1e12 / IDLE_NANOS);
      }
    }
    points(new Curve(BENCH, MEMORY_BY_CONNECTIONS, kind), held);
    return held;
  }

  private Map<Integer, Double> streams(String kind, int most) throws Exception {
    Map<Integer, Double> held = new LinkedHashMap<>();
    List<ManagedChannel> channels = new ArrayList<>();
    try (BenchProcess server = server(kind);
        Transport client = identities.client()) {
      String target = "127.0.0.1:" + server.line();
      for (int i = 0; i < most / STREAMS_EACH; i++) {
        channels.add(BenchIdentities.channel(client, target));
        open(channels.get(i), 1);
      }
      held.put(0, Double.valueOf(server.ask("held")));
      for (int step = 1; step <= STEPS; step++) {
        int each = STREAMS_EACH * step / STEPS - STREAMS_EACH * (step - 1) / STEPS;
        for (ManagedChannel channel : channels) {
          open(channel, each);
        }
        held.put(
            channels.size() * (STREAMS_EACH * step / STEPS), Double.valueOf(server.ask("held")));
      }
      channels.forEach(ManagedChannel::shutdownNow);
    }
    points(new Curve(BENCH, MEMORY_BY_STREAMS, kind), held);
    return held;
  }

  private static void points(Curve curve, Map<Integer, Double> held) {
    double empty = held.getOrDefault(0, 0.0);
    held.forEach((count, bytes) -> Figure.point(curve, count, (bytes - empty) / MEBI));
  }

  private BenchProcess server(String kind) throws IOException {
    return BenchProcess.java(
        GrowthServers.class,
        List.of(
            "-Xms2g",
            "-Xmx2g",
            "-XX:+UseParallelGC",
            "-XX:+AlwaysPreTouch",
            "--enable-native-access=ALL-UNNAMED"),
        kind.equals("ours") ? "ours" : "bare",
        identities.server().toString());
  }

  /** Opens streams that stay, once a message has been to the server and back on each. */
  private static void open(ManagedChannel channel, int count) throws InterruptedException {
    CountDownLatch open = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      ClientCalls.asyncBidiStreamingCall(
              channel.newCall(EchoService.STREAM, CallOptions.DEFAULT), new Open(open))
          .onNext(EchoService.bytes(1));
    }
    if (!open.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(open.getCount() + " streams did not open");
    }
  }

  private record Open(CountDownLatch open) implements StreamObserver<BytesValue> {
    @Override
    public void onNext(BytesValue message) {
      open.countDown();
    }

    @Override
    public void onError(Throwable ended) {}

    @Override
    public void onCompleted() {}
  }
}
