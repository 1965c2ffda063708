package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Sends header fields that HTTP/2 forbids because they can forge lines of a log. */
final class ForgedLogLines extends Check {
  ForgedLogLines() {
    super(About.of("malformed-headers", Group.AUTHORIZATION, Severity.MEDIUM)
        .tries("Calls with a line break in a header's value, a space in its name, and no name.")
        .safe("The call is refused; the handler does not see it.")
        .source("RFC 9113 section 8.2.1; CWE-117")
        .remedy(
            "Refuse such fields before the handler; escape what peers say before it is logged."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    for (List<String> field : List.of(
        List.of("x-note", "a\r\nWARNING forged line"),
        List.of("x-note", "a\nb"),
        List.of("", "value"),
        List.of("x note", "value"))) {
      Attempt attempt =
          attack.asAllowed(connection -> attack.call(connection, field.get(0), field.get(1)));
      if (attempt.isAllowed()) {
        return Outcome.finding("a call with header " + Quoted.of(field.get(0)) + ": "
            + Quoted.of(field.get(1)) + " was answered");
      }
    }
    return Outcome.passed("no such call was answered");
  }
}
