package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;

/** Shakes hands and then says nothing. */
final class SlowPreface extends Abuse {
  SlowPreface() {
    super(
        About.of("slow-preface", Group.PROTOCOL, Severity.LOW)
            .tries("A connection that says nothing after its handshake.")
            .safe("It ends within 12 s; others are served meanwhile.")
            .source("CWE-400; RFC 9113 section 3.4")
            .remedy("Count the HTTP/2 preface to the handshake and its timeout."),
        Reach.ANY,
        true);
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = attack.unspoken(true)) {
      int patience = (int) attack.target().handshakePatience().toMillis();
      connection.socket().setSoTimeout(patience);
      connection.awaitEnd();
      return Outcome.passed("the target closed the connection");
    } catch (SocketTimeoutException e) {
      return Outcome.finding(
          "it is still open after " + attack.target().handshakePatience().toSeconds() + " s");
    } catch (SocketException e) {
      return Outcome.passed("the target broke the connection off");
    }
  }
}
