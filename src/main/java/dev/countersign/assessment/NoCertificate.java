package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Calls without having presented a certificate. */
final class NoCertificate extends Check {
  NoCertificate() {
    super(
        About.of("no-certificate", Group.TRUST, Severity.CRITICAL)
            .tries("A TLS handshake without a client certificate, and a call of the method.")
            .safe("There is no connection.")
            .source("RFC 8446 section 4.4.2.4 (certificate_required)")
            .remedy("Require client certificates; asking for them is not enough."),
        Reach.TLS);
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException {
    Attempt attempt = attack.attempt(RawTls.asNobody());
    return switch (attempt.access()) {
      case REFUSED -> Outcome.passed(attempt.detail());
      case ALLOWED -> Outcome.finding("a nameless client called the method");
      case DENIED, OTHER ->
        Outcome.finding("a nameless client got a connection: " + attempt.detail());
    };
  }
}
