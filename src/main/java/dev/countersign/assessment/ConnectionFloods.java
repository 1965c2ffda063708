package dev.countersign.assessment;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.List;

/** Many connections: idle ones, half ones, and ones that end abruptly in the midst of a call. */
final class ConnectionFloods extends Abuse {
  private static final int IDLE = 60;
  private static final int SILENT = 100;
  private static final int HALF = 200;
  private static final int ABRUPT = 40;

  private final Way way;

  /** Makes the connections. */
  private interface Way {
    String flood(Attack attack) throws IOException, GeneralSecurityException, CannotRunException;
  }

  private ConnectionFloods(String name, String tries, String source, Way way) {
    super(
        About.of(name, Group.PROTOCOL, Severity.MEDIUM)
            .tries(tries)
            .safe("Others are served meanwhile, and new connections afterwards.")
            .source(source)
            .remedy("Bound connections below what descriptors and memory allow; keep handshakes off"
                + " the threads that carry calls."),
        Reach.ANY,
        true);
    this.way = way;
  }

  static List<Check> all() {
    return List.of(
        new ConnectionFloods(
            "connection-flood",
            "60 connections of one identity and 100 that say nothing, all open at once.",
            "CWE-770",
            ConnectionFloods::idle),
        new ConnectionFloods(
            "handshake-flood",
            "200 connections that begin a handshake and end.",
            "CWE-400",
            ConnectionFloods::half),
        new ConnectionFloods(
            "abrupt-ends",
            "40 connections that are reset in the midst of a call.",
            "CVE-2026-42577",
            ConnectionFloods::abrupt));
  }

  private static String idle(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    int opened = 0;
    try {
      for (; opened < SILENT; opened++) {
        attack.tcp();
      }
      for (; opened < SILENT + IDLE; opened++) {
        attack.connect();
      }
    } catch (IOException e) {
      return "connection " + (opened + 1) + " was refused";
    }
    return "all of " + opened + " connections were taken";
  }

  private static String half(Attack attack) throws IOException {
    byte[] hello = ClientHello.of(ClientHello.TLS_1_2, List.of(0xc02f, 0xc02b));
    for (int i = 0; i < HALF; i++) {
      Socket socket = attack.tcp();
      socket.getOutputStream().write(hello);
      socket.close();
    }
    return HALF + " handshakes were begun";
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
    return ABRUPT + " connections were reset";
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    String seen = way.flood(attack);
    return Outcome.passed(seen);
  }
}
