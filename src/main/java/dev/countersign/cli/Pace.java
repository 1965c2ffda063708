package dev.countersign.cli;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Says how far work of many steps is, every two seconds; work that is done sooner says nothing. */
final class Pace {
  private static final Duration EVERY = Duration.ofSeconds(2);

  private final int all;
  private final String what;
  private int done;
  private @Nullable Instant said;

  Pace(int all, String what) {
    this.all = all;
    this.what = what;
  }

  /** One more is done. */
  void step(Terminal terminal) {
    done++;
    Instant now = terminal.clock().instant();
    Instant last = said;
    if (last == null) {
      said = now;
    } else if (done < all && Duration.between(last, now).abs().compareTo(EVERY) >= 0) {
      said = now;
      terminal.say(done + " of " + all + " " + what);
    }
  }
}
