package dev.countersign.pem;

import java.security.GeneralSecurityException;

/** Why a PEM or DER text was refused. Neither the message nor a cause ever holds key material. */
public final class PemException extends GeneralSecurityException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** What is wrong with the text. */
  public enum Reason {
    /** A block begins and never ends. */
    NO_END,
    /** A block ends under another label than it began with. */
    WRONG_END,
    /** What stands between the borders is not Base64, or nothing. */
    BAD_BASE64,
    /** There is no certificate in it. */
    NO_CERTIFICATE,
    /** A certificate file holds a private key as well. */
    PRIVATE_KEY_AMONG_CERTIFICATES,
    /** A certificate does not parse. */
    BAD_CERTIFICATE,
    /** There is no private key in it. */
    NO_PRIVATE_KEY,
    /** There are several private keys, and nothing says which. */
    SEVERAL_PRIVATE_KEYS,
    /** The private key is encrypted. */
    ENCRYPTED_PRIVATE_KEY,
    /** The private key is of a kind that is not used here. */
    UNSUPPORTED_PRIVATE_KEY,
    /** The private key does not parse. */
    BAD_PRIVATE_KEY,
    /** There is no revocation list in it, or more than one. */
    NO_CRL,
    /** The revocation list does not parse. */
    BAD_CRL,
    /** A list of changes only, which says nothing alone. */
    DELTA_CRL,
    /** A list that speaks for other authorities than its signer. */
    INDIRECT_CRL,
    /** A list for some reasons or some kinds of certificates only. */
    PARTIAL_CRL,
    /** A critical extension that is not understood here (RFC 5280 section 5.2). */
    UNKNOWN_CRITICAL_EXTENSION,
    /** A signature that does not hold, or made with an algorithm that is not accepted. */
    BAD_SIGNATURE
  }

  PemException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
