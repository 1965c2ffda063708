package dev.countersign.assessment;

import dev.countersign.assessment.Measurement.Cost;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A well-behaved client that calls the method at a steady rate, over a connection of its own: a while in calm, while
 * somebody misbehaves, and a while when all of that is gone; and over a new connection while it lasts. A call that has to
 * wait for the one before it counts from the moment at which it was to begin, so that a stall is seen as long as it was.
 */
final class Bystander implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long AFTER_FAILURE_MILLIS = 50;
  private static final long FAR_NANOS = TimeUnit.DAYS.toNanos(1);

  /** The first calls of a connection are slower than all that follow. */
  private static final int WARM_UP = 20;

  private final Attack attack;
  private final Thread thread;
  private final @Nullable CostWatch watch;
  private final CountDownLatch warm = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private final Map<Time, Latencies> latencies = new EnumMap<>(Time.class);
  private volatile @Nullable Socket socket;
  private volatile long calmUntil = System.nanoTime() + FAR_NANOS;
  private volatile long abuseUntil = calmUntil;
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
    bystander.calmUntil = System.nanoTime();
    return bystander;
  }

  private void behave() {
    try {
      while (over.getCount() > 0) {
        try (RawHttp2 connection = attack.connect()) {
          connection.socket().setSoTimeout((int) PATIENCE.toMillis());
          socket = connection.socket();
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
    for (int i = 0; i < WARM_UP; i++) {
      call(connection);
    }
    warm.countDown();
    long intended = System.nanoTime();
    while (!over.await(intended - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      call(connection);
      latencies(timeOf(intended)).add(System.nanoTime() - intended);
      intended += EVERY_NANOS;
    }
  }

  private void call(RawHttp2 connection) throws IOException {
    Exchange exchange = attack.call(connection);
    if (!attack.judge(exchange).isAllowed()) {
      throw new IOException("it ended with " + exchange);
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

  private Time timeOf(long nanoTime) {
    if (nanoTime - calmUntil < 0) {
      return Time.CALM;
    }
    return nanoTime - abuseUntil < 0 ? Time.DURING : Time.AFTER;
  }

  private Latencies latencies(Time when) {
    return java.util.Objects.requireNonNull(latencies.get(when));
  }

  /**
   * The outcome of the misbehaviour, or a finding if it was felt here, or if the server should have counted that it broke
   * connections off and did not.
   */
  Outcome judge(Outcome outcome, boolean mustBeCounted)
      throws IOException, InterruptedException, GeneralSecurityException, CannotRunException {
    if (watch != null) {
      watch.abuseIsOver();
    }
    Attempt anew = controlInTime();
    attack.hangUpAllBut(socket);
    abuseUntil = System.nanoTime();
    TimeUnit.MILLISECONDS.sleep(attack.target().abuseTime().toMillis() / 2);
    over.countDown();
    thread.join(2 * PATIENCE.toMillis());
    Cost cost = watch == null ? null : watch.cost();
    Outcome counted = mustBeCounted && cost != null ? counted(outcome, cost) : outcome;
    return felt(counted, anew)
        .measuredAs(new Measurement(
            latencies.values().stream().mapToInt(Latencies::count).sum() + failed,
            failed,
            latencies(Time.CALM).percentile99(),
            latencies(Time.DURING).percentile99(),
            latencies(Time.AFTER).percentile99(),
            cost));
  }

  private static Outcome counted(Outcome outcome, Cost cost) {
    return outcome instanceof Outcome.Passed && cost.aborted() <= 0
        ? Outcome.finding("connections were broken off, and the server's metric"
            + " countersign.server.connections.aborted did not grow: nobody there would know")
        : outcome;
  }

  private Outcome felt(Outcome outcome, Attempt anew) {
    if (thread.isAlive()) {
      return Outcome.finding("a well-behaved client gets no answer meanwhile");
    }
    if (!failure.isEmpty()) {
      return Outcome.finding(failure);
    }
    return anew.isAllowed()
        ? outcome
        : Outcome.finding("no new connection is served meanwhile: " + anew.detail());
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
