package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/**
 * A check that loads the target, bounded by what it sends; a well-behaved client must be served all the while. It
 * misbehaves again and again for a short time, unless once is long enough.
 */
abstract class Abuse extends Check {
  private static final int MOST_TIMES = 5_000;

  private final boolean onceIsEnough;

  Abuse(About about) {
    this(about, Reach.ANY, false);
  }

  Abuse(About about, Reach reach, boolean onceIsEnough) {
    super(about, reach);
    this.onceIsEnough = onceIsEnough;
  }

  /** Misbehaves, and says how the target took it. */
  abstract Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException;

  /** Whether the right answer to it is to break the connection off, which a server should count. */
  boolean isToBeBrokenOff() {
    return false;
  }

  @Override
  final Outcome run(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (Bystander bystander = Bystander.beside(attack)) {
      return bystander.judge(misbehaveForAWhile(attack.fromElsewhere()), isToBeBrokenOff());
    }
  }

  private Outcome misbehaveForAWhile(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    long end = System.nanoTime() + attack.target().abuseTime().toNanos();
    try {
      Outcome outcome = misbehave(attack);
      for (int i = 1; i < MOST_TIMES && !onceIsEnough && System.nanoTime() < end; i++) {
        if (!(outcome instanceof Outcome.Passed)) {
          return outcome;
        }
        outcome = misbehave(attack);
      }
      return outcome;
    } catch (IOException e) {
      // What a well-behaved client felt still counts.
      return Outcome.nothingLearned(e);
    }
  }
}
