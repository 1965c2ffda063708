package dev.countersign.assessment;

import java.util.Locale;

/** How bad a finding is. */
public enum Severity {
  /** Somebody gets in, or acts as somebody else. */
  CRITICAL,
  /** One peer can take the service from the others, or a guarantee can be undone. */
  HIGH,
  /** A defence in depth is missing. */
  MEDIUM,
  /** Something is told that need not be. */
  LOW;

  /** The word in reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
