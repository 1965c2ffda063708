package dev.countersign.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Random;

/**
 * What many servers and clients cost, from what one of each costs: a server's processor time for a connection and for a call, and
 * the memory of a connection. Every client has a connection to every server (round_robin over all addresses); connections end at
 * an age that varies by a tenth either way, as grpc-java does it.
 *
 * @param connectionMillis processor time of a server for a new connection, without any call
 * @param callMicros processor time of a server for a unary call on an open connection
 * @param connectionKibibytes what a server holds for a connection on which nothing happens, heap and buffers
 */
record ScaleModel(double connectionMillis, double callMicros, double connectionKibibytes) {
  private static final double JITTER = 0.1;
  private static final long SEED = 7;
  private static final double ROOM = 0.6;
  private static final int[] CLIENTS = {100, 1000, 10_000};

  /** How many cores of a server are busy, with so many clients, calls per second and seconds of connection age. */
  double load(int clients, double callsPerSecond, double ageSeconds) {
    return connectionLoad(clients, ageSeconds) + callsPerSecond * callMicros / 1e6;
  }

  /** How many calls per second one core carries at a given load, after new connections have taken their part. */
  double callsAt(double load, int clients, double ageSeconds) {
    return (load - connectionLoad(clients, ageSeconds)) * 1e6 / callMicros;
  }

  /** How many clients keep one core at a given load by their new connections alone. */
  double connectionsAt(double load, double ageSeconds) {
    return load * ageSeconds * 1e3 / connectionMillis;
  }

  /** How many new connections one core makes in a second, and nothing else. */
  double connectionsPerSecond() {
    return 1e3 / connectionMillis;
  }

  /** How many idle connections fill a gibibyte. */
  double connectionsInGibibyte() {
    return 1024.0 * 1024 / connectionKibibytes;
  }

  /**
   * How many servers of so many cores it takes, at 60 % of each, and one more; at least two. None if new connections alone
   * take more than that of each, which no number of servers mends: every client connects to every one.
   */
  OptionalInt servers(double callsPerSecond, int clients, double ageSeconds, double cores) {
    double left = ROOM * cores - connectionLoad(clients, ageSeconds);
    if (left <= 0) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        1 + Math.max(1, (int) Math.ceil(callsPerSecond * callMicros / 1e6 / left)));
  }

  private double connectionLoad(int clients, double ageSeconds) {
    return clients / ageSeconds * connectionMillis / 1e3;
  }

  /**
   * How many handshakes one server has in each second of a generation of connections, after it has started and all clients
   * have come within the given seconds.
   *
   * @param generation 0 for the first arrival, 1 for the first time that connections reach their age, and so on
   */
  static int[] handshakes(int clients, double arrivalSeconds, double ageSeconds, int generation) {
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
    return perSecond;
  }

  /** The most of them in any second. */
  static int peak(int clients, double arrivalSeconds, double ageSeconds, int generation) {
    return Arrays.stream(handshakes(clients, arrivalSeconds, ageSeconds, generation))
        .max()
        .orElse(0);
  }

  void print() {
    int clients = 1000;
    double age = 300;
    line(
        "one core: %.0f new connections/s, or %.0f calls/s; at 60 %% with an age of %.0f s it keeps %.0f connections without calls",
        connectionsPerSecond(), callsAt(1, 0, age), age, connectionsAt(ROOM, age));
    line("one GiB: %.0f idle connections", connectionsInGibibyte());
    line(
        "a rolling restart of N servers with M clients: N x M handshakes; here %d for each server",
        clients);
    for (int generation : new int[] {0, 1, 2, 5, 20}) {
      int peak = peak(clients, 10, age, generation);
      line(
          "  generation %2d, age %.0f s: at most %4d handshakes in a second, %5.1f %% of a core",
          generation, age, peak, peak * connectionMillis / 10);
    }
    for (int each : CLIENTS) {
      line(
          "%6d clients, age %.0f s: %5.1f handshakes/s, %5.2f %% of a core; calls at 60 %%: %.0f/s a core",
          each, age, each / age, 100 * load(each, 0, age), callsAt(ROOM, each, age));
      for (int calls : new int[] {1000, 10_000, 100_000}) {
        OptionalInt servers = servers(calls, each, age, 1);
        line(
            "        %6d calls/s: %s servers of one core",
            calls, servers.isPresent() ? servers.getAsInt() : "no number of");
      }
    }
  }

  static void line(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
