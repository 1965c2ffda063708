package dev.countersign.credentials;

/**
 * What happens to a listener's connections beside their calls. Called on event loops: never block. For each connection,
 * in this order: {@link #admit}; then {@link #handshakeFailed} or {@link #handshakeSucceeded}, at most once;
 * {@link #aborted} if the peer abuses HTTP/2 afterwards; at last {@link #closed}, for those that were admitted.
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

  /**
   * A handshake ended with a connection; the guard has not looked at it yet.
   *
   * @param resumed whether an earlier session was resumed, so that nobody was asked about the peer's certificate
   */
  default void handshakeSucceeded(Connection connection, boolean resumed) {}

  /**
   * We end a connection for what its peer did to HTTP/2.
   *
   * @param error the error code of the GOAWAY frame, such as {@code ENHANCE_YOUR_CALM} (RFC 9113 section 7)
   * @param detail what the frame says about it; part of it may be the peer's own words
   */
  default void aborted(Connection connection, String error, String detail) {}

  /** An admitted connection has ended. */
  default void closed(Connection connection) {}

  /** A connection whose handshake was not begun, to keep the service up. */
  final class ShedException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why it was not begun. */
    public enum Reason {
      /** The handshaker of ALTS does not answer. */
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
