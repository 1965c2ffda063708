package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Asks again and again whether the server is there. */
final class PingFlood extends Abuse {
  private static final int BATCHES = 50;
  private static final int PER_BATCH = 100;

  PingFlood() {
    super(About.of("ping-flood", Group.PROTOCOL, Severity.MEDIUM)
        .tries("5000 pings on one connection.")
        .safe("The connection is ended long before all were sent.")
        .source("CVE-2019-9512; gRFC A8 (too_many_pings)")
        .remedy("Bound the pings of a connection (grpc-java: permitKeepAliveTime)."));
  }

  @Override
  boolean isToBeBrokenOff() {
    return true;
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      return Flood.of(connection, BATCHES, (to, number) -> {
            for (int i = 0; i < PER_BATCH; i++) {
              to.frame(Frame.PING, 0, 0, new byte[8]);
            }
          })
          .mustBeCut(BATCHES * PER_BATCH + " pings");
    }
  }
}
