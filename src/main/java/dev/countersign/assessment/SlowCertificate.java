package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLSocket;

/** Shakes hands as it should, except that what follows on the server's certificate comes a byte at a time. */
final class SlowCertificate extends Abuse {
  SlowCertificate() {
    super(
        About.of("slow-certificate", Group.TRANSPORT, Severity.MEDIUM)
            .tries("A handshake in which the client's certificate comes a byte at a time.")
            .safe("The connection ends within 12 s; others are served meanwhile.")
            .source("CWE-400; RFC 8446 section 4.4.2")
            .remedy(
                "Bound the time for the whole handshake, not the time between two bytes of it."),
        Reach.TLS,
        true);
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    Duration patience = attack.target().handshakePatience();
    DrippingSocket slow = attack.track(new DrippingSocket(patience));
    try (SSLSocket socket = RawTls.as(attack.allowed()).over(slow, attack.address())) {
      socket.setSoTimeout(Attack.PATIENCE_MILLIS);
      socket.startHandshake();
      return Outcome.notRun("the handshake was over before its time: nothing was slow");
    } catch (IOException e) {
      if (slow.isOutOfPatience()) {
        return Outcome.finding(
            "the target still waits for the certificate after " + patience.toSeconds() + " s");
      }
      return slow.hasDripped()
          ? Outcome.passed("the target broke the handshake off")
          : Outcome.nothingLearned(e);
    }
  }
}
