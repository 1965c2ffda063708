package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.regex.Pattern;

/** Breaks HTTP/2's rules, and reads the last words. */
final class TellingGoodbye extends Check {
  private static final Pattern CLASS =
      Pattern.compile("\\w+(\\.\\w+)+(Exception|Error)|\\bat [\\w.$]+\\(|\\w+Exception");

  TellingGoodbye() {
    super(About.of("goodbye-tells", Group.LEAKS, Severity.LOW)
        .tries("A frame on stream 0 that has no business there, to provoke a GOAWAY.")
        .safe("The last words name no class and no stack trace.")
        .source("RFC 9113 section 6.8; CWE-209")
        .remedy("Leave the debug data of GOAWAY empty, or fixed."));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = attack.connect()) {
      connection.frame(Frame.DATA, 0, 0, new byte[] {1}).send();
      Frame frame = connection.next();
      while (frame.type() != Frame.GOAWAY && frame.type() != Frame.CLOSED) {
        frame = connection.next();
      }
      if (frame.type() == Frame.CLOSED) {
        return Outcome.passed("the connection ended without a word");
      }
      String words = frame.debugText();
      return CLASS.matcher(words).find()
          ? Outcome.finding("the last words are " + Quoted.of(words))
          : Outcome.passed("the last words are " + Quoted.of(words));
    }
  }
}
