package dev.countersign.credentials;

/** A connection whose ALTS handshake was not begun, to keep the service up. */
public final class HandshakeShedException extends Exception {
  private static final long serialVersionUID = 1;

  /** Why it was not begun. */
  public enum Reason {
    /** The handshaker does not answer. */
    HANDSHAKER_DOWN,
    /** There are too many handshakes at once. */
    TOO_MANY_HANDSHAKES,
    /** There are too many handshakes at once with peers of the same address. */
    TOO_MANY_FROM_ADDRESS
  }

  private final Reason reason;

  HandshakeShedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why it was not begun. */
  public Reason reason() {
    return reason;
  }
}
