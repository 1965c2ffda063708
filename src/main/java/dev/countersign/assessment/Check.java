package dev.countersign.assessment;

import java.io.IOException;
import java.security.GeneralSecurityException;

/** One attack, and how to see whether it succeeded. It keeps no state between runs. */
abstract class Check {
  private final About about;
  private final Reach reach;

  /** Over which transports a check makes sense. */
  enum Reach {
    /** Both: it speaks HTTP/2 inside whatever protects it. */
    ANY,
    /** It is about TLS or certificates. */
    TLS,
    /** It is about the ALTS handshake or its records. */
    ALTS
  }

  Check(About about) {
    this(about, Reach.ANY);
  }

  Check(About about, Reach reach) {
    this.about = about;
    this.reach = reach;
  }

  final About about() {
    return about;
  }

  final Reach reach() {
    return reach;
  }

  /**
   * Attacks. The positive control succeeded just before.
   *
   * @throws CannotRunException if the attack cannot be carried out here
   * @throws IOException if the target did something that the attack has no opinion on; nothing is learned then
   */
  abstract Outcome run(Attack attack)
      throws IOException, GeneralSecurityException, InterruptedException, CannotRunException;
}
