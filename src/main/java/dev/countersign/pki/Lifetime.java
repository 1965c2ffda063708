package dev.countersign.pki;

import dev.countersign.pki.PkiException.Reason;
import dev.countersign.text.Quoted;
import java.time.Duration;

/** A length of time as people write it: a whole number and {@code s}, {@code m}, {@code h} or {@code d}. */
final class Lifetime {
  private static final int MAX_DIGITS = 9;

  private Lifetime() {}

  /**
   * Reads it.
   *
   * @throws PkiException if it is anything else
   */
  static Duration parse(String text) throws PkiException {
    int digits = text.length() - 1;
    boolean number = digits > 0
        && digits <= MAX_DIGITS
        && text.chars().limit(digits).allMatch(c -> c >= '0' && c <= '9');
    long seconds = number ? secondsPer(text.charAt(digits)) : 0;
    if (seconds > 0) {
      return Duration.ofSeconds(seconds * Long.parseLong(text.substring(0, digits)));
    }
    throw new PkiException(
        Reason.BAD_LIFETIME,
        "lifetime " + Quoted.of(text) + " cannot be read (expected a number and s, m, h or d, such"
            + " as 24h)");
  }

  private static long secondsPer(char unit) {
    return switch (unit) {
      case 's' -> 1;
      case 'm' -> 60;
      case 'h' -> 3_600;
      case 'd' -> 86_400;
      default -> 0;
    };
  }
}
