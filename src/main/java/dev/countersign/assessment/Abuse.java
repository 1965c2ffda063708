package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** A check that loads the target, bounded by what it sends; a well-behaved client must be served all the while. */
abstract class Abuse extends Check {
  Abuse(About about) {
    super(about);
  }

  Abuse(About about, Reach reach) {
    super(about, reach);
  }

  /** Misbehaves, and says how the target took it. */
  abstract Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException;

  @Override
  final Outcome run(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException {
    try (Bystander bystander = Bystander.beside(attack)) {
      return bystander.judge(misbehave(attack));
    }
  }
}
