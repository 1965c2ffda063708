package dev.countersign.server;

import dev.countersign.emulator.Fault;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * Prints what 64 half-open clients cost those who are connected while the handshaker is frozen: the slowest and the
 * 99th percentile of unary RPCs over ALTS and over mutual TLS, calm and attacked, in one run. Run it with
 * {@code -Dio.grpc.netty.shaded.io.netty.eventLoopThreads=2 -Dio.netty.eventLoopThreads=2} for two workers.
 */
public final class FrozenHandshakerFigures {
  private static final int HALF_OPEN = 64;
  private static final Duration OBSERVED = Duration.ofSeconds(8);

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

  @SuppressWarnings("SystemOut")
  private static void figures(String what, Channel overAlts, Channel overTls) {
    long[] alts = new long[200_000];
    long[] tls = new long[alts.length];
    int count = 0;
    long end = System.nanoTime() + OBSERVED.toNanos();
    while (count < alts.length && System.nanoTime() < end) {
      alts[count] = timeOf(overAlts);
      tls[count++] = timeOf(overTls);
    }
    System.out.printf(
        Locale.ROOT,
        "%-24s ALTS worst %7.1f ms, p99 %6.2f ms; mutual TLS worst %7.1f ms, p99 %6.2f ms; %d calls each%n",
        what,
        millis(alts, count, 1.0),
        millis(alts, count, 0.99),
        millis(tls, count, 1.0),
        millis(tls, count, 0.99),
        count);
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
