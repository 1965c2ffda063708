package dev.countersign.assessment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long calls took. */
final class Latencies {
  private final List<Long> nanos = new ArrayList<>();

  synchronized void add(long time) {
    nanos.add(time);
  }

  synchronized int count() {
    return nanos.size();
  }

  /** The time that 99 of 100 kept within; nothing if there were none. */
  synchronized Duration percentile99() {
    if (nanos.isEmpty()) {
      return Duration.ZERO;
    }
    List<Long> sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    return Duration.ofNanos(sorted.get((sorted.size() * 99 + 99) / 100 - 1));
  }
}
