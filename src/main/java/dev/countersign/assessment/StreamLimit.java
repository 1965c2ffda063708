package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Opens calls that never end, or whose answers nobody takes. */
final class StreamLimit extends Abuse {
  private static final int BATCHES = 20;
  private static final int PER_BATCH = 100;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int QUIET_MILLIS = 2_000;

  private final boolean answersStuck;

  private StreamLimit(String name, String tries, String source, boolean answersStuck) {
    super(About.of(name, Group.PROTOCOL, Severity.HIGH)
        .tries("2000 calls on one connection " + tries + ".")
        .safe("Calls beyond a limit are refused, or the connection is ended.")
        .source(source)
        .remedy("Bound the calls of a connection (grpc-java: maxConcurrentCallsPerConnection; it is"
            + " unlimited by default)."));
    this.answersStuck = answersStuck;
  }

  static List<Check> all() {
    return List.of(
        new StreamLimit(
            "unlimited-streams", "that begin and never end", "CVE-2026-47244; CWE-770", false),
        new StreamLimit(
            "zero-window", "with a window of 0 for the answers", "CVE-2019-9517", true));
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.unspoken(true)) {
      connection.socket().setSoTimeout(QUIET_MILLIS);
      if (answersStuck) {
        connection.greet(INITIAL_WINDOW_SIZE, 0);
      } else {
        connection.greet();
      }
      Flood.Ending ending = Flood.of(connection, BATCHES, (to, number) -> {
        for (int i = 0; i < PER_BATCH; i++) {
          int stream = to.newStream();
          to.request(stream, attack.path());
          if (answersStuck) {
            to.message(stream, new byte[0]);
          }
        }
      });
      if (ending.isCut()) {
        return Outcome.passed(ending.how());
      }
      return ending.refused() > 0
          ? Outcome.passed(ending.refused() + " of " + BATCHES * PER_BATCH + " were refused")
          : Outcome.finding("all of " + BATCHES * PER_BATCH + " calls were taken");
    }
  }
}
