package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Calls the method, as an identity that may not, under other authorities. */
final class DeniedAuthority extends Check {
  DeniedAuthority() {
    super(About.of("spoofed-authority", Group.AUTHORIZATION, Severity.CRITICAL)
        .tries("Calls by an identity without a rule whose :authority names somebody privileged.")
        .safe("PERMISSION_DENIED: the authority decides nothing.")
        .source("CVE-2021-39155")
        .remedy("Do not decide by :authority or Host."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<String> seen = new ArrayList<>();
    for (String authority :
        List.of("localhost", "LOCALHOST", "admin", "internal", "root@lab", "")) {
      Attempt attempt = attack.asDenied(connection -> {
        int stream = connection.newStream();
        byte[] block =
            HeaderBlock.request(attack.path(), authority, "application/grpc").bytes();
        return connection
            .headers(stream, block)
            .message(stream, new byte[0])
            .send()
            .exchange(stream, true);
      });
      if (attempt.isAllowed()) {
        return Outcome.finding("authority " + Quoted.of(authority) + " was let through");
      }
      seen.add(attempt.detail());
    }
    return Outcome.passed(String.join("; ", seen));
  }
}
