package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Shakes hands, as an identity that may not call, under other server names. */
final class ServerNameTricks extends Check {
  ServerNameTricks() {
    super(
        About.of("server-name-tricks", Group.TRUST, Severity.HIGH)
            .tries("Calls by an identity without a rule and by nobody, under several server names.")
            .safe(
                "The server name changes neither who is asked for a certificate nor the decision.")
            .source("gRFC A101; CVE-2025-23419")
            .remedy("Use one TLS configuration for every server name."),
        Reach.TLS);
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<String> seen = new ArrayList<>();
    for (String name : List.of("localhost", "admin", "internal", "lab.example")) {
      for (RawTls client : List.of(RawTls.as(attack.denied()), RawTls.asNobody())) {
        Attempt attempt = attack.attempt(client.sni(name));
        if (attempt.isAllowed()) {
          return Outcome.finding("server name " + Quoted.of(name) + " lets others in");
        }
        seen.add(attempt.access().toString());
      }
    }
    return Outcome.passed("each attempt ended as " + String.join(", ", seen));
  }
}
