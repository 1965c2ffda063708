package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Calls, as an identity that may not, with another HTTP method than POST. */
final class OtherHttpMethods extends Check {
  OtherHttpMethods() {
    super(About.of("other-http-methods", Group.AUTHORIZATION, Severity.HIGH)
        .tries("GET, PUT, OPTIONS, CONNECT and extended CONNECT for the method's path by an"
            + " identity without a rule.")
        .safe("No request reaches the method, and no tunnel is opened.")
        .source("RFC 9113 section 8.5; RFC 8441")
        .remedy("Accept POST only, and refuse CONNECT."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    List<String> seen = new ArrayList<>();
    for (String method : List.of("GET", "PUT", "OPTIONS", "CONNECT", "post")) {
      HeaderBlock block = new HeaderBlock()
          .add(":method", method)
          .add(":scheme", "https")
          .add(":path", attack.path())
          .add(":authority", "lab");
      if (method.equals("CONNECT")) {
        block.add(":protocol", "websocket");
      }
      block.add("content-type", "application/grpc").add("te", "trailers");
      Attempt attempt = attack.asDenied(connection -> {
        int stream = connection.newStream();
        return connection
            .headers(stream, block.bytes())
            .message(stream, new byte[0])
            .send()
            .exchange(stream, true);
      });
      if (attempt.isAllowed()) {
        return Outcome.finding(method + " reached the method: " + attempt.detail());
      }
      seen.add(method + " " + attempt.detail());
    }
    return Outcome.passed(String.join("; ", seen));
  }
}
