package dev.countersign.bench;

/**
 * How long a benchmark takes: as long as its figures need, or ({@code -Dbench.smoke=true}) only so long that it is seen to
 * run. Figures of the latter say nothing but that they are there and not absurd.
 */
public final class Effort {
  private static final boolean SMOKE = Boolean.getBoolean("bench.smoke");

  private Effort() {}

  /** Whether this run only shows that the benchmarks work. */
  public static boolean isSmoke() {
    return SMOKE;
  }

  /** Rounds, connections, or anything else of which a smoke run needs few. */
  public static int of(int full, int smoke) {
    return SMOKE ? smoke : full;
  }

  /** Nanoseconds that one turn of a lane takes. */
  public static long turn(double seconds) {
    return (long) (1e9 * (SMOKE ? Math.min(seconds, 0.1) : seconds));
  }

  /** Nanoseconds before figures count. */
  public static long warmUp(double seconds) {
    return (long) (1e9 * (SMOKE ? Math.min(seconds, 0.5) : seconds));
  }
}
