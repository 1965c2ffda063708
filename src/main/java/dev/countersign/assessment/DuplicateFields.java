package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Calls, as an identity that may not, with a request that can be read in two ways. */
final class DuplicateFields extends Check {
  DuplicateFields() {
    super(About.of("ambiguous-request", Group.AUTHORIZATION, Severity.HIGH)
        .tries("Requests by an identity without a rule with two paths, or with a path behind the"
            + " other fields.")
        .safe("The stream is reset; the method is not reached.")
        .source("RFC 9113 section 8.3; h2spec 8.1.2")
        .remedy("Refuse requests with duplicated or misplaced pseudo-header fields."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    String harmless = "/grpc.reflection.v1.NoSuch/Method";
    List<String> seen = new ArrayList<>();
    for (HeaderBlock block : List.of(
        HeaderBlock.request(harmless).add(":path", attack.path()),
        new HeaderBlock()
            .add(":method", "POST")
            .add(":scheme", "https")
            .add(":path", harmless)
            .add(":path", attack.path())
            .add("content-type", "application/grpc")
            .add("te", "trailers"),
        new HeaderBlock()
            .add(":method", "POST")
            .add(":scheme", "https")
            .add("content-type", "application/grpc")
            .add("te", "trailers")
            .add(":path", attack.path()))) {
      Attempt attempt = attack.asDenied(connection -> {
        int stream = connection.newStream();
        return connection
            .headers(stream, block.bytes())
            .message(stream, new byte[0])
            .send()
            .exchange(stream, true);
      });
      if (attempt.isAllowed()) {
        return Outcome.finding("an ambiguous request reached the method: " + attempt.detail());
      }
      seen.add(attempt.detail());
    }
    return Outcome.passed(String.join("; ", seen));
  }
}
