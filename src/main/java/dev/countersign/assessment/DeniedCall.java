package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Calls the method as a valid identity that may not. */
final class DeniedCall extends Check {
  DeniedCall() {
    super(About.of("denied-identity", Group.AUTHORIZATION, Severity.CRITICAL)
        .tries("A call of the method by a valid identity without a rule.")
        .safe("PERMISSION_DENIED.")
        .source("gRFC A43; OWASP API1:2023")
        .remedy("Decide every RPC by a policy that denies by default."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = attack.connectDenied()) {
      Attempt attempt = attack.judge(attack.call(connection));
      return switch (attempt.access()) {
        case DENIED -> Outcome.passed(attempt.detail());
        case ALLOWED ->
          Outcome.finding(
              "an identity without a rule called the method (" + attempt.detail() + ")");
        case REFUSED, OTHER ->
          Outcome.notRun("the call was neither denied nor answered: " + attempt.detail());
      };
    }
  }
}
