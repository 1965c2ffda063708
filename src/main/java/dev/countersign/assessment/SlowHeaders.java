package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;

/** Begins a request and never ends its headers. */
final class SlowHeaders extends Abuse {
  SlowHeaders() {
    super(
        About.of("slow-headers", Group.PROTOCOL, Severity.LOW)
            .tries("A request whose header block is begun and not ended.")
            .safe("The connection ends within 12 s; others are served meanwhile.")
            .source("CWE-400; RFC 9113 section 4.3")
            .remedy("Bound the time in which a header block must be complete."),
        Reach.ANY,
        true);
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      connection.socket().setSoTimeout((int) attack.target().handshakePatience().toMillis());
      byte[] block = HeaderBlock.request(attack.path()).bytes();
      connection.frame(Frame.HEADERS, 0, connection.newStream(), block).send();
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
