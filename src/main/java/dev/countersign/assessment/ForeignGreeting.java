package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Says something in the clear that is not a handshake of this transport; nobody may answer in that language. */
final class ForeignGreeting extends Check {
  private static final int FIRST_BYTES = 64;

  private final byte[] greeting;

  private ForeignGreeting(About about, byte[] greeting) {
    super(about);
    this.greeting = greeting.clone();
  }

  static List<Check> all() {
    return List.of(
        new ForeignGreeting(
            about("plaintext-http2", Severity.CRITICAL, "An HTTP/2 connection without protection."),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                .getBytes(StandardCharsets.ISO_8859_1)),
        new ForeignGreeting(
            about("plaintext-http1", Severity.HIGH, "An HTTP/1.1 request without protection."),
            "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII)),
        new ForeignGreeting(
            about("foreign-banner", Severity.MEDIUM, "The greeting of another protocol (SSH)."),
            "SSH-2.0-countersign\r\n".getBytes(StandardCharsets.US_ASCII)));
  }

  private static About about(String name, Severity severity, String tries) {
    return About.of(name, Group.TRANSPORT, severity)
        .tries(tries)
        .safe("The connection ends, or nothing is said in that language.")
        .source("RFC 9113 section 3.2; NIST SP 800-52r2 section 3")
        .remedy("Offer no plaintext listener on this port.");
  }

  @Override
  Outcome run(Attack attack) throws IOException {
    Socket socket = attack.tcp();
    try {
      socket.getOutputStream().write(greeting);
      byte[] answer = firstBytes(socket.getInputStream());
      return isProtected(answer)
          ? Outcome.passed(answer.length == 0 ? "the connection ended" : "no answer but an alert")
          : Outcome.finding("the target answers in the clear: "
              + Quoted.of(new String(answer, StandardCharsets.ISO_8859_1)));
    } catch (SocketException e) {
      return Outcome.passed("the connection was reset");
    }
  }

  private static byte[] firstBytes(InputStream in) throws IOException {
    byte[] bytes = new byte[FIRST_BYTES];
    int count = in.read(bytes);
    return count < 0 ? new byte[0] : java.util.Arrays.copyOf(bytes, count);
  }

  /** Nothing, a TLS alert or a TLS handshake record; an ALTS listener says nothing to strangers. */
  private static boolean isProtected(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
    return answer.length == 0 || ((answer[0] == 21 || answer[0] == 22) && !text.contains("HTTP"));
  }
}
