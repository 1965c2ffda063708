package dev.countersign.credentials;

/**
 * What happens to a listener's connections before there are calls. Called on event loops: never block. For each
 * connection, in this order: {@link #admit}; then {@link #handshakeFailed} if the handshake ends badly; at last
 * {@link #closed}, for those that were admitted.
 */
public interface ConnectionEvents {
  /** Admits everyone and tells nobody. */
  ConnectionEvents NONE = new ConnectionEvents() {};

  /** Whether a handshake may begin; otherwise the connection is closed at once. */
  default boolean admit(Connection connection) {
    return true;
  }

  /** A handshake ended without a connection; the cause holds a {@link PeerRefusedException} if it was our refusal. */
  default void handshakeFailed(Connection connection, Throwable cause) {}

  /** An admitted connection has ended. */
  default void closed(Connection connection) {}

  /** A connection whose ALTS handshake was not begun, to keep the service up. */
  final class ShedException extends Exception {
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

    ShedException(Reason reason, String message) {
      super(message);
      this.reason = reason;
    }

    /** Why it was not begun. */
    public Reason reason() {
      return reason;
    }
  }
}
