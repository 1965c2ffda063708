package dev.countersign.assessment;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a well-behaved client got before, during and after an abuse, and what that cost the server where it tells.
 *
 * @param calls of the well-behaved client, all three times together
 * @param failed how many of them did not succeed
 * @param calm the 99th percentile of the calls before
 * @param during the same while somebody misbehaved
 * @param after the same when that was over
 * @param cost what the server used; null if it was not asked
 */
record Measurement(
    int calls,
    int failed,
    Duration calm,
    Duration during,
    Duration after,
    @Nullable Cost cost) {

  /**
   * What a server used.
   *
   * @param before while all was calm
   * @param most the largest of each while somebody misbehaved
   * @param after when that was over
   */
  record Cost(Reading before, Reading most, Reading after) {
    /** How many connections the server broke off or refused meanwhile, with a reason in its log. */
    long brokenOff() {
      return aborted() + after.refused() - before.refused();
    }

    /** How many of them for abuse of HTTP/2. */
    long aborted() {
      return after.aborted() - before.aborted();
    }
  }

  /** How many per cent of the calls succeeded. */
  double successRate() {
    return calls == 0 ? 0 : 100.0 * (calls - failed) / calls;
  }

  /** By how much the 99th percentile grew. */
  double slowdown() {
    return calm.isZero() ? 0 : (double) during.toNanos() / calm.toNanos();
  }

  @Override
  public String toString() {
    return calls + (calls == 1 ? " call" : " calls") + " of a well-behaved client, " + failed
        + " failed, 99th percentile " + Millis.of(calm) + " ms calm, " + Millis.of(during)
        + " ms during, " + Millis.of(after) + " ms after";
  }
}
