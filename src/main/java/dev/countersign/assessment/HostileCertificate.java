package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Presents a certificate with one thing wrong, and calls the method with it. */
final class HostileCertificate extends Check {
  private final Maker maker;

  /** Makes what is presented. */
  @FunctionalInterface
  interface Maker {
    ClientIdentity make(Attack attack)
        throws IOException, GeneralSecurityException, CannotRunException;
  }

  HostileCertificate(About about, Maker maker) {
    super(about, Reach.TLS);
    this.maker = maker;
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    RawTls client = RawTls.as(maker.make(attack));
    Attempt attempt = attack.attempt(client);
    if (!client.hasPresented()) {
      throw new CannotRunException(
          "the certificate was never sent (this JDK or the target's offer does not allow it): "
              + attempt.detail());
    }
    return attempt.mustNotSucceed("the method was called with it");
  }
}
