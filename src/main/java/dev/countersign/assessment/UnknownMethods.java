package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Compares, as an identity that may call nothing, what is said of a method that exists and of one that does not. */
final class UnknownMethods extends Check {
  UnknownMethods() {
    super(About.of("unknown-methods", Group.AUTHORIZATION, Severity.MEDIUM)
        .tries("Calls by an identity without a rule of the method, of an unknown method of its"
            + " service and of an unknown service.")
        .safe("The same answer to all three, so that nothing can be mapped.")
        .source("gRFC A43; CWE-204")
        .remedy(
            "Decide unknown methods too (grpc-java: a fallback registry that knows every name)."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    String service = attack.path().substring(0, attack.path().lastIndexOf('/'));
    Attempt known = of(attack, attack.path());
    Attempt method = of(attack, service + "/NoSuchMethod");
    Attempt unknown = of(attack, "/no.such.Service/Method");
    boolean alike =
        known.detail().equals(method.detail()) && known.detail().equals(unknown.detail());
    return alike
        ? Outcome.passed("each time " + known.detail())
        : Outcome.finding("the method: " + known.detail() + "; an unknown method: "
            + method.detail() + "; an unknown service: " + unknown.detail());
  }

  private static Attempt of(Attack attack, String path)
      throws IOException, GeneralSecurityException, CannotRunException {
    return attack.asDenied(connection -> Attack.callPath(connection, path));
  }
}
