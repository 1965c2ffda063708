package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Shakes hands, begins something, and then says nothing. */
final class SlowPeer extends Abuse {
  private final Beginning beginning;

  /** What is begun over a connection after its handshake. */
  private interface Beginning {
    void on(RawHttp2 connection, Attack attack) throws IOException;
  }

  private SlowPeer(String name, String tries, String source, String remedy, Beginning beginning) {
    super(
        About.of(name, Group.PROTOCOL, Severity.LOW)
            .tries(tries)
            .safe("The connection ends within 12 s; others are served meanwhile.")
            .source(source)
            .remedy(remedy),
        Reach.ANY,
        true);
    this.beginning = beginning;
  }

  static List<Check> all() {
    return List.of(
        new SlowPeer(
            "slow-preface",
            "A connection that says nothing after its handshake.",
            "CWE-400; RFC 9113 section 3.4",
            "Count the HTTP/2 preface to the handshake and its timeout.",
            (connection, attack) -> {}),
        new SlowPeer(
            "slow-headers",
            "A request whose header block is begun and not ended.",
            "CWE-400; RFC 9113 section 4.3",
            "Bound the time in which a header block must be complete.",
            (connection, attack) -> connection
                .greet()
                .frame(
                    Frame.HEADERS,
                    0,
                    connection.newStream(),
                    HeaderBlock.request(attack.path()).bytes())
                .send()));
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    try (RawHttp2 connection = attack.unspoken(true)) {
      connection.socket().setSoTimeout((int) attack.target().handshakePatience().toMillis());
      beginning.on(connection, attack);
      connection.awaitEnd();
      return Outcome.passed("the target closed the connection");
    } catch (SocketTimeoutException e) {
      return Outcome.finding(
          "it is still open after " + attack.target().handshakePatience().toSeconds() + " s");
    } catch (SocketException e) {
      return Outcome.passed("the target broke the connection off");
    }
  }
}
