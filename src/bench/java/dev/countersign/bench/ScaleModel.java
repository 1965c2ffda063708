package dev.countersign.bench;

import java.util.Locale;
import java.util.Random;

/**
 * What many servers and clients cost, from what one of each costs: a server's processor time for a connection and for a call.
 * Every client has a connection to every server (round_robin over all addresses); connections end at an age that varies by a
 * tenth either way, as grpc-java does it.
 *
 * @param handshakeMillis processor time of a server for a new connection and its first call
 * @param callMicros processor time of a server for a unary call on an open connection
 */
record ScaleModel(double handshakeMillis, double callMicros) {
  private static final double JITTER = 0.1;
  private static final long SEED = 7;

  /** How busy one core of a server is, with so many clients, calls per second and seconds of connection age. */
  double load(int clients, double callsPerSecond, double ageSeconds) {
    return clients / ageSeconds * handshakeMillis / 1e3 + callsPerSecond * callMicros / 1e6;
  }

  /** How many calls per second one core carries at a given load, after new connections have taken their part. */
  double callsAt(double load, int clients, double ageSeconds) {
    return (load - clients / ageSeconds * handshakeMillis / 1e3) * 1e6 / callMicros;
  }

  /**
   * The most handshakes of any second that one server has in a generation of connections after it has started and all
   * clients have come within the given seconds.
   *
   * @param generation 0 for the first arrival, 1 for the first time that connections reach their age, and so on
   */
  static int peak(int clients, double arrivalSeconds, double ageSeconds, int generation) {
    Random random = new Random(SEED);
    int[] perSecond =
        new int[(int) (arrivalSeconds + ageSeconds * (1 + JITTER) * (generation + 1)) + 2];
    for (int client = 0; client < clients; client++) {
      double at = random.nextDouble() * arrivalSeconds;
      for (int i = 0; i < generation; i++) {
        at += ageSeconds * (1 - JITTER + 2 * JITTER * random.nextDouble());
      }
      perSecond[(int) at]++;
    }
    int peak = 0;
    for (int count : perSecond) {
      peak = Math.max(peak, count);
    }
    return peak;
  }

  void print() {
    int clients = 1000;
    double age = 300;
    line(
        "a rolling restart of N servers with M clients: N x M handshakes; here %d for each server",
        clients);
    for (int generation : new int[] {0, 1, 2, 5, 20}) {
      int peak = peak(clients, 10, age, generation);
      line(
          "  generation %2d, age %.0f s: at most %4d handshakes in a second, %5.1f %% of a core",
          generation, age, peak, peak * handshakeMillis / 10);
    }
    for (int each : new int[] {100, 1000, 10_000}) {
      line(
          "%6d clients, age %.0f s: %5.1f handshakes/s, %5.2f %% of a core; calls at 60 %%: %.0f/s a core",
          each, age, each / age, 100 * load(each, 0, age), callsAt(0.6, each, age));
    }
  }

  static void line(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
