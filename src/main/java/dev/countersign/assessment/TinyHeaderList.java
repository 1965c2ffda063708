package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Says that it can take no headers, and asks for many. */
final class TinyHeaderList extends Abuse {
  private static final int MAX_HEADER_LIST_SIZE = 6;
  private static final int BATCHES = 10;
  private static final int PER_BATCH = 10;

  TinyHeaderList() {
    super(About.of("tiny-header-list", Group.PROTOCOL, Severity.MEDIUM)
        .tries("100 calls by a client that says it can take header lists of 1 byte.")
        .safe("Calls are answered or ended; others are served meanwhile.")
        .source("CVE-2026-50560")
        .remedy("Treat the peer's limit as a wish, or end the stream."));
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.unspoken(true)) {
      connection.socket().setSoTimeout(2_000);
      connection.greet(MAX_HEADER_LIST_SIZE, 1);
      Flood.Ending ending = Flood.of(connection, BATCHES, (to, number) -> {
        for (int i = 0; i < PER_BATCH; i++) {
          int stream = to.newStream();
          to.request(stream, attack.path()).message(stream, new byte[0]);
        }
      });
      return Outcome.passed(ending.isCut() ? ending.how() : "the connection goes on");
    }
  }
}
