package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Provokes an error, and looks whether what comes back tells of the inside. */
final class TellingErrors extends Check {
  private static final Pattern INSIDE = Pattern.compile(
      "\\bat [\\w.$]+\\([\\w.]+:\\d+\\)|[a-z]+(\\.[a-z0-9_]+)+\\.[A-Z]\\w*(Exception|Error)\\b"
          + "|\\w+(Exception|Error): |Traceback|panic:|goroutine \\d+|/[\\w./-]+\\.(java|py|go|rs|cc):\\d+");
  private static final String MARK = "countersign-mark-";
  private static final int MARKS = 200;

  private final Provocation provocation;
  private final boolean asAllowed;

  /** Does something that fails. */
  private interface Provocation {
    Exchange of(Attack attack, RawHttp2 connection) throws IOException;
  }

  private TellingErrors(
      String name, boolean asAllowed, String tries, String source, Provocation provocation) {
    super(About.of(name, Group.LEAKS, Severity.LOW)
        .tries(tries)
        .safe("A status and a fixed phrase: no class, stack trace or path of the inside, nothing of"
            + " the request, no identity and no rule.")
        .source(source)
        .remedy("Answer with fixed phrases; keep the reason for the log."));
    this.asAllowed = asAllowed;
    this.provocation = provocation;
  }

  static List<Check> all() {
    return List.of(
        new TellingErrors(
            "denial-tells",
            false,
            "A call by an identity without a rule.",
            "CWE-209",
            (attack, connection) -> attack.call(connection)),
        new TellingErrors(
            "malformed-message-tells",
            true,
            "A message that is no protobuf.",
            "CWE-209",
            (attack, connection) -> {
              int stream = connection.newStream();
              return connection
                  .request(stream, attack.path())
                  .message(stream, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1})
                  .send()
                  .exchange(stream, true);
            }),
        new TellingErrors(
            "unknown-path-echoed",
            true,
            "A call of an unknown method with a long name.",
            "CWE-209; gRFC A43",
            (attack, connection) ->
                Attack.callPath(connection, "/no.such.Service/" + MARK.repeat(MARKS))),
        new TellingErrors(
            "bad-request-tells",
            true,
            "A request with the content type of a web page.",
            "CWE-209",
            (attack, connection) -> {
              int stream = connection.newStream();
              byte[] block =
                  HeaderBlock.request(attack.path(), "lab", "text/html").bytes();
              return connection
                  .headers(stream, block)
                  .message(stream, new byte[0])
                  .send()
                  .exchange(stream, false);
            }));
  }

  @Override
  Outcome run(Attack attack) throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = asAllowed ? attack.connect() : attack.connectDenied()) {
      Exchange exchange = provocation.of(attack, connection);
      if (exchange.isAllowed() || (!asAllowed && !exchange.isDenied())) {
        return Outcome.notRun("it was to fail, and ended with " + exchange);
      }
      String text = exchange.everything();
      return told(attack, text)
          .map(what -> Outcome.finding(what + ": " + Quoted.of(text)))
          .orElseGet(() -> Outcome.passed(exchange.toString()));
    }
  }

  private Optional<String> told(Attack attack, String text) throws IOException, CannotRunException {
    Matcher inside = INSIDE.matcher(text);
    if (inside.find()) {
      return Optional.of("it tells of the inside, " + Quoted.of(inside.group()));
    }
    if (text.toLowerCase(Locale.ROOT).contains(MARK)) {
      return Optional.of("it repeats the request");
    }
    if (!asAllowed && !attack.target().isAlts()) {
      for (String secret : List.of(Forgery.idOf(attack.allowed()), Forgery.idOf(attack.denied()))) {
        if (text.contains(secret)) {
          return Optional.of("it names an identity");
        }
      }
    }
    return Optional.empty();
  }
}
