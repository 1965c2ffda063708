package dev.countersign.platform;

import dev.countersign.platform.AltsVerdict.Reason;

/** A handshake with ourselves that could not be completed. */
public final class AltsProofException extends Exception {
  private static final long serialVersionUID = 1;

  private final Reason reason;

  /**
   * A failed proof.
   *
   * @param reason why, one of those that name the handshaker
   * @param message what people read, with text from outside quoted
   */
  public AltsProofException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why it failed. */
  public Reason reason() {
    return reason;
  }
}
