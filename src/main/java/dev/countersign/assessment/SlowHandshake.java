package dev.countersign.assessment;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;

/** Connects and says nothing, or half a handshake. */
final class SlowHandshake extends Abuse {
  private static final byte[] HALF_ALTS = {40, 0, 0, 0, 2, 0, 0, 0, 1};

  SlowHandshake() {
    super(
        About.of("slow-handshake", Group.TRANSPORT, Severity.MEDIUM)
            .tries(
                "Two connections: one that says nothing, one that stops in the midst of its first"
                    + " handshake message.")
            .safe("Both end within 12 s; others are served meanwhile.")
            .source("CWE-400; OWASP API4:2023")
            .remedy(
                "Bound the time for a handshake (grpc-java: handshakeTimeout; its default is 120 s)."),
        Reach.ANY,
        true);
  }

  @Override
  Outcome misbehave(Attack attack) throws IOException {
    Socket silent = attack.tcp();
    Socket half = attack.tcp();
    byte[] hello =
        attack.target().isAlts() ? HALF_ALTS : ClientHello.of(ClientHello.TLS_1_2, List.of(0xc02f));
    half.getOutputStream().write(Arrays.copyOf(hello, hello.length / 2));
    long start = System.nanoTime();
    for (Socket socket : List.of(silent, half)) {
      if (!ends(socket, start, attack.target().handshakePatience().toMillis())) {
        return Outcome.finding((socket == silent ? "a silent connection" : "half a handshake")
            + " is still open after " + attack.target().handshakePatience().toSeconds() + " s");
      }
    }
    return Outcome.passed("both ended within " + (System.nanoTime() - start) / 1_000_000 + " ms");
  }

  private static boolean ends(Socket socket, long start, long patience) throws IOException {
    long left = patience - (System.nanoTime() - start) / 1_000_000;
    socket.setSoTimeout((int) Math.max(1, left));
    try {
      while (socket.getInputStream().read() >= 0) {
        // A timeout may be told.
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }
}
