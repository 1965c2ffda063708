package dev.countersign.assessment;

import java.time.Duration;
import java.util.Locale;

/** Milliseconds as reports write them. */
final class Millis {
  private Millis() {}

  static String of(Duration time) {
    return String.format(Locale.ROOT, "%.1f", time.toNanos() / 1e6);
  }
}
