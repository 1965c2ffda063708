package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Begins a message and goes on with it a byte at a time. A peer that may call may also be slow: what must end such a call
 * is the deadline that came with it.
 */
final class SlowMessage extends Abuse {
  private static final int CLAIMED_BYTES = 1 << 20;
  private static final long PAUSE_MILLIS = 100;
  private static final byte[] NOTHING = new byte[0];

  SlowMessage() {
    super(
        About.of("slow-message", Group.PROTOCOL, Severity.LOW)
            .tries(
                "A call with a deadline of a second, whose message of 1 MiB comes a byte at a time.")
            .safe("The call ends at its deadline, message or not; others are served meanwhile.")
            .source("CWE-400; gRPC over HTTP/2, grpc-timeout")
            .remedy(
                "Count a call's deadline from its headers and not from its first message; bound the"
                    + " calls of a connection and its age, for peers that name no deadline."),
        Reach.ANY,
        true);
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    long patience = attack.target().handshakePatience().toMillis();
    CountDownLatch over = new CountDownLatch(1);
    try (RawHttp2 connection = attack.connect()) {
      connection.socket().setSoTimeout((int) patience);
      int stream = connection.newStream();
      connection
          .request(stream, attack.path(), "grpc-timeout", "1S")
          .frame(Frame.DATA, 0, stream, RawHttp2.framed(0, CLAIMED_BYTES, NOTHING))
          .send();
      Thread dripper =
          new Thread(() -> drip(connection, stream, over, patience), "countersign-slow-message");
      dripper.setDaemon(true);
      dripper.start();
      return judge(connection, stream);
    } finally {
      over.countDown();
    }
  }

  private static Outcome judge(RawHttp2 connection, int stream) {
    try {
      return Outcome.passed("the call ended: " + connection.exchange(stream, false));
    } catch (SocketTimeoutException e) {
      return Outcome.finding("the call is still open long after its deadline");
    } catch (IOException e) {
      return Outcome.passed("the connection ended: " + e.getMessage());
    }
  }

  /** Not for ever: a target may answer each byte, and then a read never times out. */
  private static void drip(
      RawHttp2 connection, int stream, CountDownLatch over, long patienceMillis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
    try {
      while (!over.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS) && System.nanoTime() < end) {
        connection.frame(Frame.DATA, 0, stream, new byte[1]).send();
      }
    } catch (IOException e) {
      // Whoever reads finds out how the connection ended.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
