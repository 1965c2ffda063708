package dev.countersign.assessment;

import dev.countersign.assessment.Measurement.Cost;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A well-behaved client that calls the method again and again, over a connection of its own: a while in calm, while
 * somebody misbehaves, and a while afterwards; and once more over a new connection when that is over.
 */
final class Bystander implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long PAUSE_MILLIS = 1;
  private static final long AFTER_FAILURE_MILLIS = 50;

  /** The first calls of a connection are slower than all that follow. */
  private static final int WARM_UP = 20;

  private final Attack attack;
  private final Thread thread;
  private final @Nullable CostWatch watch;
  private final CountDownLatch warm = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private final Map<Time, Latencies> latencies = new EnumMap<>(Time.class);
  private volatile Time time = Time.CALM;
  private volatile String failure = "";
  private volatile int failed;

  private enum Time {
    CALM,
    DURING,
    AFTER
  }

  private Bystander(Attack attack) throws IOException {
    this.attack = attack;
    this.watch = CostWatch.over(attack.target());
    for (Time each : Time.values()) {
      latencies.put(each, new Latencies());
    }
    this.thread = new Thread(this::behave, "countersign-bystander");
    thread.setDaemon(true);
  }

  /** A client that has called for a while. */
  static Bystander beside(Attack attack) throws IOException, InterruptedException {
    Bystander bystander = new Bystander(attack);
    bystander.thread.start();
    if (bystander.warm.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      TimeUnit.MILLISECONDS.sleep(attack.target().abuseTime().toMillis() / 2);
    }
    bystander.time = Time.DURING;
    return bystander;
  }

  private void behave() {
    try {
      while (over.getCount() > 0) {
        try (RawHttp2 connection = attack.connect()) {
          connection.socket().setSoTimeout((int) PATIENCE.toMillis());
          callAgainAndAgain(connection);
        } catch (IOException | GeneralSecurityException | CannotRunException e) {
          failed(e);
          over.await(AFTER_FAILURE_MILLIS, TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void callAgainAndAgain(RawHttp2 connection) throws IOException, InterruptedException {
    for (int i = 0; !over.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS); i++) {
      if (i == WARM_UP) {
        warm.countDown();
      }
      long start = System.nanoTime();
      Exchange exchange = attack.call(connection);
      if (!attack.judge(exchange).isAllowed()) {
        throw new IOException("it ended with " + exchange);
      }
      if (i >= WARM_UP) {
        latencies(time).add(System.nanoTime() - start);
      }
    }
  }

  // Only the bystander's thread counts.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private void failed(Exception e) {
    failed++;
    if (failure.isEmpty()) {
      failure = "a call of a well-behaved client failed: " + e.getClass().getSimpleName() + ": "
          + e.getMessage();
    }
  }

  private Latencies latencies(Time when) {
    return java.util.Objects.requireNonNull(latencies.get(when));
  }

  /** The outcome of the misbehaviour, or a finding if it was felt here. */
  Outcome judge(Outcome outcome)
      throws IOException, InterruptedException, GeneralSecurityException, CannotRunException {
    if (watch != null) {
      watch.abuseIsOver();
    }
    time = Time.AFTER;
    TimeUnit.MILLISECONDS.sleep(attack.target().abuseTime().toMillis() / 2);
    over.countDown();
    thread.join(2 * PATIENCE.toMillis());
    Outcome felt = felt(outcome);
    Cost cost = watch == null ? null : watch.cost();
    return felt.measuredAs(new Measurement(
        latencies.values().stream().mapToInt(Latencies::count).sum() + failed,
        failed,
        latencies(Time.CALM).percentile99(),
        latencies(Time.DURING).percentile99(),
        latencies(Time.AFTER).percentile99(),
        cost));
  }

  private Outcome felt(Outcome outcome)
      throws InterruptedException, GeneralSecurityException, CannotRunException {
    if (thread.isAlive()) {
      return Outcome.finding("a well-behaved client gets no answer meanwhile");
    }
    if (!failure.isEmpty()) {
      return Outcome.finding(failure);
    }
    Attempt afterwards = controlInTime();
    return afterwards.isAllowed()
        ? outcome
        : Outcome.finding("no new connection is served afterwards: " + afterwards.detail());
  }

  /** The target may take a moment to notice that connections which the misbehaviour has ended are gone. */
  private Attempt controlInTime()
      throws InterruptedException, GeneralSecurityException, CannotRunException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Attempt attempt = attack.control();
    while (!attempt.isAllowed() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(AFTER_FAILURE_MILLIS);
      attempt = attack.control();
    }
    return attempt;
  }

  @Override
  public void close() {
    over.countDown();
  }
}
