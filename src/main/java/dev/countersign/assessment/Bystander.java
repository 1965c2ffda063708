package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A well-behaved client that calls the method again and again, over a connection of its own, while somebody else
 * misbehaves; and once more over a new connection when that is over.
 */
final class Bystander implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long PAUSE_MILLIS = 5;

  private final Attack attack;
  private final Thread thread;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile String failure = "";
  private int calls;
  private long slowestNanos;

  private Bystander(Attack attack) {
    this.attack = attack;
    this.thread = new Thread(this::behave, "countersign-bystander");
    thread.setDaemon(true);
  }

  static Bystander beside(Attack attack) {
    Bystander bystander = new Bystander(attack);
    bystander.thread.start();
    return bystander;
  }

  private void behave() {
    try {
      while (over.getCount() > 0 && failure.isEmpty()) {
        try (RawHttp2 connection = attack.connect()) {
          connection.socket().setSoTimeout((int) PATIENCE.toMillis());
          while (calls == 0 || !over.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
            callOnce(connection);
          }
        }
      }
    } catch (IOException | GeneralSecurityException | CannotRunException e) {
      failure = "call " + (calls + 1) + " of a well-behaved client failed: "
          + e.getClass().getSimpleName() + ": " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void callOnce(RawHttp2 connection) throws IOException {
    long start = System.nanoTime();
    Exchange exchange = attack.call(connection);
    if (!attack.judge(exchange).isAllowed()) {
      throw new IOException("it ended with " + exchange);
    }
    calls++;
    slowestNanos = Math.max(slowestNanos, System.nanoTime() - start);
  }

  /** The outcome of the misbehaviour, or a finding if it was felt here. */
  Outcome judge(Outcome outcome)
      throws InterruptedException, GeneralSecurityException, CannotRunException {
    over.countDown();
    thread.join(2 * PATIENCE.toMillis());
    if (thread.isAlive()) {
      return Outcome.finding("a well-behaved client gets no answer meanwhile");
    }
    if (!failure.isEmpty()) {
      return Outcome.finding(failure);
    }
    Attempt afterwards = attack.control();
    if (!afterwards.isAllowed()) {
      return Outcome.finding("no new connection is served afterwards: " + afterwards.detail());
    }
    String felt = "; meanwhile " + calls + (calls == 1 ? " call" : " calls")
        + " of a well-behaved client, the slowest "
        + TimeUnit.NANOSECONDS.toMillis(slowestNanos) + " ms";
    return outcome instanceof Outcome.Passed passed
        ? Outcome.passed(passed.seen() + felt)
        : outcome;
  }

  @Override
  public void close() {
    over.countDown();
  }
}
