package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;

/** Looks which authorities a nameless client is asked for a certificate of. */
final class AuthorityNames extends Check {
  AuthorityNames() {
    super(
        About.of("authority-names", Group.LEAKS, Severity.LOW)
            .tries("A handshake by nobody.")
            .safe("The request for a certificate names no authority.")
            .source("RFC 8446 section 4.2.4")
            .remedy("Send an empty list of certificate authorities."),
        Reach.TLS);
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException {
    RawTls nobody = RawTls.asNobody();
    boolean connected = false;
    try (RawHttp2 connection = attack.connect(nobody)) {
      connected = true;
      connection.next();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // Refused, as it should be; what was asked for came before.
    }
    if (!connected && !nobody.wasAsked()) {
      return Outcome.notRun("the handshake ended before a certificate was asked for");
    }
    return nobody.authoritiesAskedFor().isEmpty()
        ? Outcome.passed("no authority is named")
        : Outcome.finding("these authorities are named to anybody: "
            + String.join("; ", nobody.authoritiesAskedFor()));
  }
}
