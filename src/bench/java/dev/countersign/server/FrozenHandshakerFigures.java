package dev.countersign.server;

import dev.countersign.bench.Effort;
import dev.countersign.bench.Figure;
import dev.countersign.emulator.Fault;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * Prints what 64 half-open clients cost those who are connected while the handshaker is frozen: the slowest and the
 * 99th percentile of unary RPCs over ALTS and over mutual TLS, calm and attacked, in one run. Run it with
 * {@code -Dio.grpc.netty.shaded.io.netty.eventLoopThreads=2 -Dio.netty.eventLoopThreads=2} for two workers.
 */
public final class FrozenHandshakerFigures {
  private static final int HALF_OPEN = 64;
  private static final Duration OBSERVED = Duration.ofNanos(Effort.warmUp(8));

  private FrozenHandshakerFigures() {}

  /** Runs it once. */
  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("figures");
    try (AltsLab alts = new AltsLab();
        Lab tls = new Lab(directory)) {
      SecureServer server = tls.start(tls.server(AltsServerIT.POLICY)
          .listen(Lab.loopback(), alts.transport(AltsLab.SERVER))
          .service(new GuardedCallsIT.Echo()));
      SecureServer.ListenAddress listener = server.addresses().get(1);
      Channel overAlts = alts.channel(listener, AltsLab.ALICE);
      Channel overTls = tls.channel(server, "alice");
      figures("warm-up", overAlts, overTls);
      figures("calm", overAlts, overTls);
      alts.emulator().inject(Fault.parse("freeze"));
      try (HalfOpenClients clients = new HalfOpenClients().connect(HALF_OPEN, listener.address())) {
        figures("frozen, " + HALF_OPEN + " half-open", overAlts, overTls);
        clients.connect(HALF_OPEN, listener.address());
        figures("and " + HALF_OPEN + " more", overAlts, overTls);
      }
    }
  }

  private static void figures(String what, Channel overAlts, Channel overTls) {
    long[] alts = new long[200_000];
    long[] tls = new long[alts.length];
    int count = 0;
    long end = System.nanoTime() + OBSERVED.toNanos();
    while (count < alts.length && System.nanoTime() < end) {
      alts[count] = timeOf(overAlts);
      tls[count++] = timeOf(overTls);
    }
    double[] calm = new double[] {millis(tls, count, 1.0), millis(tls, count, 0.99)};
    String[] names = {"slowest call", "99th percentile"};
    double[] millis = new double[] {millis(alts, count, 1.0), millis(alts, count, 0.99)};
    for (int i = 0; i < names.length; i++) {
      Figure.of("alts-frozen", "%s: %s over ALTS, of %d".formatted(what, names[i], count))
          .measured(millis[i], "ms")
          .beside("over mutual TLS", millis[i] / calm[i])
          .record();
    }
  }

  private static double millis(long[] nanos, int count, double quantile) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(quantile * count) - 1)] / 1e6;
  }

  private static long timeOf(Channel channel) {
    long begin = System.nanoTime();
    ClientCalls.blockingUnaryCall(
        channel, GuardedCallsIT.Echo.method("lab.Echo/WhoAmI"), CallOptions.DEFAULT, "");
    return System.nanoTime() - begin;
  }
}
