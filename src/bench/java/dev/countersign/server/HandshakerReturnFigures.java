package dev.countersign.server;

import dev.countersign.bench.Effort;
import dev.countersign.bench.Figure;
import dev.countersign.credentials.Transport;
import io.grpc.Channel;
import java.nio.file.Files;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints how long after a killed handshaker has returned a new ALTS connection succeeds, while an established one is
 * called all the time: once for each of several kills, of which each lasts a little longer.
 */
public final class HandshakerReturnFigures {
  private static final int KILLS = Effort.of(8, 1);
  private static final long DOWN_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private HandshakerReturnFigures() {}

  /** Runs it once. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] args) throws Exception {
    try (AltsLab alts = new AltsLab();
        Lab tls = new Lab(Files.createTempDirectory("figures"))) {
      SecureServer server = tls.start(tls.server(AltsServerIT.POLICY)
          .listen(Lab.loopback(), alts.transport(AltsLab.SERVER))
          .service(new GuardedCallsIT.Echo()));
      SecureServer.ListenAddress listener = server.addresses().get(1);
      Transport alice = alts.transport(AltsLab.ALICE);
      Channel established = alts.channel(listener, alice, AltsLab.SERVER);
      long calls = call(established, DOWN_NANOS);
      double worst = 0;
      for (int kill = 1; kill <= KILLS; kill++) {
        alts.kill();
        calls += call(established, kill * DOWN_NANOS);
        long begin = System.nanoTime();
        alts.restart();
        double returned = millisSince(begin);
        while (!connects(listener, alice)) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
        double connected = millisSince(begin);
        worst = Math.max(worst, connected - returned);
        System.out.printf(
            Locale.ROOT,
            "down for %4d ms: a new connection and its call succeed %6.0f ms after the handshaker is back%n",
            TimeUnit.NANOSECONDS.toMillis(kill * DOWN_NANOS),
            connected - returned);
      }
      Figure.of("alts-return", "handshaker back until a new connection succeeds, worst of " + KILLS)
          .measured(worst, "ms")
          .record();
      Figure.of("alts-return", "calls meanwhile over the established connection, none failed")
          .measured((double) calls, "calls")
          .record();
    }
    System.exit(0);
  }

  /** How many calls succeeded; one that fails ends the run. */
  private static long call(Channel established, long nanos) {
    long calls = 0;
    for (long end = System.nanoTime() + nanos; System.nanoTime() < end; calls++) {
      AltsServerIT.whoAmI(established);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return calls;
  }

  private static boolean connects(SecureServer.ListenAddress listener, Transport transport) {
    try (OneChannel channel = new OneChannel(listener, transport)) {
      return channel.works();
    }
  }

  private static double millisSince(long begin) {
    return (System.nanoTime() - begin) / 1e6;
  }
}
