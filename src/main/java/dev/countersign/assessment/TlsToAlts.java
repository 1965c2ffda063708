package dev.countersign.assessment;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;

/** Speaks TLS to an ALTS listener. */
final class TlsToAlts extends Check {
  private static final int TLS_ALERT = 21;
  private static final int TLS_HANDSHAKE = 22;

  TlsToAlts() {
    super(
        About.of("alts-tls-client", Group.ALTS, Severity.HIGH)
            .tries("A TLS handshake on the ALTS listener.")
            .safe("No TLS is spoken; the connection ends.")
            .source("ALTS; CWE-757")
            .remedy("Listen with one transport on a port."),
        Reach.ALTS);
  }

  @Override
  Outcome run(Attack attack) throws IOException {
    Socket socket = attack.tcp();
    socket.setSoTimeout((int) attack.target().handshakePatience().toMillis());
    try {
      socket.getOutputStream().write(ClientHello.of(ClientHello.TLS_1_2, List.of(0xc02f, 0xc02b)));
      int first = socket.getInputStream().read();
      return first == TLS_HANDSHAKE || first == TLS_ALERT
          ? Outcome.finding("the listener answers in TLS")
          : Outcome.passed(first < 0 ? "the connection ended" : "the answer is not TLS");
    } catch (SocketTimeoutException e) {
      return Outcome.finding("the connection is still open");
    } catch (SocketException e) {
      return Outcome.passed("the connection was reset");
    }
  }
}
