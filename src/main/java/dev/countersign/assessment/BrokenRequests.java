package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Requests that are refused before they are decided must not tell which methods there are either. */
final class BrokenRequests extends Check {
  BrokenRequests() {
    super(About.of("broken-requests", Group.AUTHORIZATION, Severity.MEDIUM)
        .tries("Requests by an identity without a rule with an unknown encoding, a wrong content"
            + " type and a wrong timeout, for a method that exists and for one that does not.")
        .safe("The same answers for both.")
        .source("CWE-204")
        .remedy("Refuse broken requests without a look at their path, or after the decision."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<HeaderBlock[]> pairs = List.of(
        pair(attack, "application/grpc", "grpc-encoding", "no-such"),
        pair(attack, "text/html", "x", "y"),
        pair(attack, "application/grpc", "grpc-timeout", "99999999999S"),
        pair(attack, "application/grpc", "grpc-timeout", "-1S"));
    for (HeaderBlock[] pair : pairs) {
      Attempt known = send(attack, pair[0]);
      Attempt unknown = send(attack, pair[1]);
      if (known.isAllowed() || !known.detail().equals(unknown.detail())) {
        return Outcome.finding("a broken request for the method: " + known.detail()
            + "; the same for an unknown one: " + unknown.detail());
      }
    }
    return Outcome.passed("the same answer each time, for " + pairs.size() + " broken requests");
  }

  private static HeaderBlock[] pair(Attack attack, String type, String name, String value) {
    return new HeaderBlock[] {
      HeaderBlock.request(attack.path(), "lab", type).add(name, value),
      HeaderBlock.request("/no.such.Service/Method", "lab", type).add(name, value)
    };
  }

  private static Attempt send(Attack attack, HeaderBlock block)
      throws IOException, GeneralSecurityException, CannotRunException {
    return attack.asDenied(connection -> {
      int stream = connection.newStream();
      return connection
          .headers(stream, block.bytes())
          .message(stream, new byte[0])
          .send()
          .exchange(stream, true);
    });
  }
}
