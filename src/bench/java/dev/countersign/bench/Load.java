package dev.countersign.bench;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * What a load generator saw.
 *
 * @param seconds from the first call to the last answer
 * @param latencies nanoseconds of each call
 */
public record Load(double seconds, Histogram latencies) {
  private static final long LONGEST_NANOS = 120_000_000_000L;
  private static final int DIGITS = 3;

  static Histogram histogram() {
    return new ConcurrentHistogram(LONGEST_NANOS, DIGITS);
  }

  static void add(Histogram latencies, long nanos) {
    latencies.recordValue(Math.min(Math.max(nanos, 0), LONGEST_NANOS));
  }

  /** How many calls were answered. */
  public long calls() {
    return latencies.getTotalCount();
  }

  /** How many of them a second. */
  public double perSecond() {
    return calls() / seconds;
  }

  /** The latency that so many percent of the calls do not exceed, in microseconds. */
  public double micros(double percentile) {
    return latencies.getValueAtPercentile(percentile) / 1e3;
  }
}
