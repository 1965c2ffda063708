package dev.countersign.credentials;

/** A transport that was asked for and cannot work here; the message says why and what next. */
public final class TransportUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  /** Why it cannot work. */
  public enum Reason {
    /** BoringSSL's native library does not load on this machine. */
    BORINGSSL_NOT_LOADED,
    /** The TLS library refuses the options or the key material. */
    TLS_REFUSED,
    /** ALTS cannot work here. */
    ALTS_UNAVAILABLE
  }

  private final Reason reason;

  TransportUnavailableException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  TransportUnavailableException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why it cannot work. */
  public Reason reason() {
    return reason;
  }
}
