package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;

/** Opens a call, as an identity that may not, and sends no message: the denial must come all the same. */
final class DeniedBeforeMessage extends Check {
  DeniedBeforeMessage() {
    super(About.of("decided-after-message", Group.AUTHORIZATION, Severity.MEDIUM)
        .tries("The headers of a call by an identity without a rule, and no message.")
        .safe("PERMISSION_DENIED at once, before anything is read.")
        .source("gRFC A43; CWE-696")
        .remedy("Decide when the headers are there, before the handler and the first message."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    try {
      Attempt attempt = attack.asDenied(connection -> {
        int stream = connection.newStream();
        return connection.request(stream, attack.path()).send().exchange(stream, true);
      });
      return switch (attempt.access()) {
        case DENIED, REFUSED -> Outcome.passed(attempt.detail());
        case ALLOWED -> Outcome.finding("the call was answered: " + attempt.detail());
        case OTHER -> Outcome.finding("the call was not denied: " + attempt.detail());
      };
    } catch (SocketTimeoutException e) {
      return Outcome.finding("nothing is decided until a message comes");
    }
  }
}
