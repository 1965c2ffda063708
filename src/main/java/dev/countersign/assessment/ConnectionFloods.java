package dev.countersign.assessment;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Many connections: idle ones, half ones, and ones that end abruptly in the midst of a call. */
final class ConnectionFloods extends Abuse {
  private static final int IDLE = 60;
  private static final int SILENT = 100;
  private static final int HALF = 50;
  private static final int ABRUPT = 40;
  private static final int FLIGHT_BYTES = 16 * 1024;

  private final Way way;

  /** Makes the connections. */
  private interface Way {
    String flood(Attack attack)
        throws IOException, GeneralSecurityException, InterruptedException, CannotRunException;
  }

  private ConnectionFloods(
      String name, String tries, String source, boolean onceIsEnough, Way way) {
    super(
        About.of(name, Group.PROTOCOL, Severity.MEDIUM)
            .tries(tries)
            .safe("Others are served meanwhile, and new connections afterwards.")
            .source(source)
            .remedy("Bound connections below what descriptors and memory allow; keep handshakes off"
                + " the threads that carry calls."),
        Reach.ANY,
        onceIsEnough);
    this.way = way;
  }

  static List<Check> all() {
    return List.of(
        new ConnectionFloods(
            "connection-flood",
            "60 connections of one identity and 100 that say nothing, all open at once.",
            "CWE-770",
            true,
            ConnectionFloods::idle),
        new ConnectionFloods(
            "handshake-flood",
            "50 handshakes that are given up when the server has done its part, again and again.",
            "CWE-400",
            false,
            ConnectionFloods::half),
        new ConnectionFloods(
            "abrupt-ends",
            "40 connections that are reset in the midst of a call, again and again.",
            "CVE-2026-42577",
            false,
            ConnectionFloods::abrupt));
  }

  private static String idle(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    int opened = 0;
    try {
      for (; opened < SILENT; opened++) {
        attack.tcp();
      }
      for (; opened < SILENT + IDLE; opened++) {
        attack.connect();
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      stay(attack);
      return "connection " + (opened + 1) + " was refused";
    }
    stay(attack);
    return "all of " + opened + " connections were taken";
  }

  /** For the abuse time, but no longer than the silent ones are sure to be there: a new connection is tried after it. */
  private static void stay(Attack attack) throws InterruptedException {
    long abuse = attack.target().abuseTime().toMillis();
    TimeUnit.MILLISECONDS.sleep(
        Math.min(abuse, attack.target().handshakePatience().toMillis() / 4));
  }

  /** The server has agreed on a key and signed by the time it answers. */
  private static String half(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    RawTls client = RawTls.asNobody();
    int begun = 0;
    try {
      for (; begun < HALF; begun++) {
        try (Socket socket = attack.tcp()) {
          begin(attack, client, socket);
        }
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return "handshake " + (begun + 1) + " was refused";
    }
    return HALF + " handshakes were begun at a time";
  }

  private static void begin(Attack attack, RawTls client, Socket socket)
      throws IOException, CannotRunException {
    if (attack.target().isAlts()) {
      attack.alts().begin(socket);
      return;
    }
    socket.getOutputStream().write(client.hello());
    if (socket.getInputStream().read(new byte[FLIGHT_BYTES]) < 0) {
      throw new EOFException("the connection ended");
    }
  }

  private static String abrupt(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    for (int i = 0; i < ABRUPT; i++) {
      RawHttp2 connection = attack.connect();
      connection.request(connection.newStream(), attack.path()).send();
      // The end is a TCP reset.
      connection.socket().setSoLinger(true, 0);
      connection.close();
    }
    return ABRUPT + " connections were reset at a time";
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    String seen = way.flood(attack);
    return Outcome.passed(seen);
  }
}
