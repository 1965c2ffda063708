package dev.countersign.bench;

import com.google.protobuf.BytesValue;
import dev.countersign.bench.GuardedServers.Variant;
import dev.countersign.credentials.Transport;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the guard costs: a guarded server beside the same server without a guard, on the same mutual TLS, in one process
 * apart from the caller's, in short turns. Unary calls of nothing and streams; the servers' processor time for each, and
 * the bytes that they allocate.
 */
final class GuardOverhead {
  private static final String BENCH = "guard";
  private static final String BASELINE = "the same server, no guard";
  private static final int CONCURRENT = 64;
  private static final int LARGE = 64 * 1024;
  private static final int LARGE_STREAMS = 8;

  private final BenchProcess servers;
  private final Map<Variant, ManagedChannel> channels = new EnumMap<>(Variant.class);

  private GuardOverhead(BenchProcess servers, Transport transport) throws IOException {
    this.servers = servers;
    for (Variant variant : Variant.values()) {
      channels.put(variant, BenchIdentities.channel(transport, "127.0.0.1:" + servers.line()));
    }
  }

  public static void main(String[] args) throws Exception {
    BenchIdentities identities = BenchIdentities.create();
    try (BenchProcess servers = BenchProcess.java(
        GuardedServers.class,
        List.of("-Xms512m", "-Xmx512m"),
        identities.server().toString())) {
      new GuardOverhead(servers, identities.client()).run();
    }
    System.exit(0);
  }

  private void run() throws Exception {
    for (int i = 0; i < 2; i++) {
      for (Variant variant : Variant.values()) {
        unary(variant, Effort.warmUp(6));
        stream(variant, 1, Effort.warmUp(2));
      }
    }
    Map<Variant, List<Turn>> unary = Turns.take(
        List.of(Variant.values()), Effort.of(21, 3), lane -> unary(lane, Effort.turn(0.4)));
    unary.forEach((variant, turns) -> {
      if (variant != Variant.BARE) {
        unaryFigures(variant, turns, unary.get(Variant.BARE));
      }
    });
    List<Variant> two = List.of(Variant.BARE, Variant.TEN, Variant.BARE_AGAIN);
    streams("1 KiB", two, lane -> stream(lane, 1024, Effort.turn(0.3)));
    streams("64 KiB", two, lane -> stream(lane, LARGE, Effort.turn(0.4)));
  }

  private static void unaryFigures(Variant variant, List<Turn> turns, List<Turn> bare) {
    Figure rate = ratio(variant, "calls a second", turns, bare, Turn::perSecond)
        .measured(Quartiles.of(turns, Turn::perSecond).median(), "calls/s");
    Figure slow = ratio(variant, "99th percentile", turns, bare, Turn::slowMicros)
        .measured(Quartiles.of(turns, Turn::slowMicros).median(), "us");
    Figure processor = ratio(variant, "server CPU a call", turns, bare, Turn::processorMicros)
        .measured(Quartiles.of(turns, Turn::processorMicros).median(), "us");
    double more = Quartiles.of(turns, Turn::bytes).median()
        - Quartiles.of(bare, Turn::bytes).median();
    Figure bytes = Figure.of(BENCH, variant.label + ": bytes more a call")
        .measured(Math.max(0, more), "bytes");
    if (variant == Variant.AUDITED) {
      rate.ratioAtLeast(0.93);
    } else if (variant != Variant.BARE_AGAIN) {
      rate.ratioAtLeast(0.98);
      slow.ratioAtMost(1.03);
      bytes.atMost(200);
    }
    rate.record();
    slow.record();
    processor.record();
    bytes.record();
  }

  private static Figure ratio(
      Variant variant,
      String what,
      List<Turn> turns,
      List<Turn> bare,
      java.util.function.ToDoubleFunction<Turn> figure) {
    return Figure.of(BENCH, variant.label + ": " + what)
        .beside(BASELINE, Quartiles.ofRatios(turns, bare, figure))
        .saneBetween(0.1, 10);
  }

  private void streams(
      String size, List<Variant> lanes, Turns.Measurement<Variant, Turn> measurement)
      throws Exception {
    Map<Variant, List<Turn>> taken = Turns.take(lanes, Effort.of(15, 3), measurement);
    List<Turn> bare = taken.get(Variant.BARE);
    for (Variant variant : lanes.subList(1, lanes.size())) {
      List<Turn> turns = taken.get(variant);
      Figure rate = ratio(
              variant, "streamed messages of " + size + " a second", turns, bare, Turn::perSecond)
          .measured(Quartiles.of(turns, Turn::perSecond).median(), "messages/s");
      if (variant == Variant.TEN) {
        rate.ratioAtLeast(0.99);
      }
      rate.record();
      ratio(variant, "server CPU a message of " + size, turns, bare, Turn::processorMicros)
          .measured(Quartiles.of(turns, Turn::processorMicros).median(), "us")
          .record();
    }
  }

  /** What one turn showed: calls or messages, and what the servers' process spent. */
  private record Turn(Load load, double processorNanos, double allocated) {
    double perSecond() {
      return load.perSecond();
    }

    double slowMicros() {
      return load.micros(99);
    }

    double processorMicros() {
      return processorNanos / 1e3 / load.calls();
    }

    double bytes() {
      return allocated / load.calls();
    }
  }

  private interface Loop {
    Load run() throws InterruptedException;
  }

  private Turn unary(Variant variant, long nanos) throws Exception {
    var call = UnaryCall.over(
        channels.get(variant),
        HealthGrpc.getCheckMethod(),
        HealthCheckRequest.getDefaultInstance());
    return turn(() -> ClosedLoop.run(call, CONCURRENT, nanos));
  }

  private Turn stream(Variant variant, int bytes, long nanos) throws Exception {
    BytesValue message = EchoService.bytes(bytes);
    int streams = bytes < LARGE ? CONCURRENT : LARGE_STREAMS;
    return turn(
        () -> StreamLoop.run(channels.get(variant), EchoService.STREAM, message, streams, nanos));
  }

  private Turn turn(Loop loop) throws Exception {
    long bytes = Long.parseLong(servers.ask("allocated"));
    double seconds = BenchProcess.processorSeconds(servers.pid());
    Load load = loop.run();
    double spent = BenchProcess.processorSeconds(servers.pid()) - seconds;
    return new Turn(load, spent * 1e9, Long.parseLong(servers.ask("allocated")) - bytes);
  }
}
