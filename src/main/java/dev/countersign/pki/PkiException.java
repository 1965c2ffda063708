package dev.countersign.pki;

/** Why the certificate authority did not do what it was asked. */
public final class PkiException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** What stands in the way. */
  public enum Reason {
    /** There is an authority in the directory already. */
    AUTHORITY_EXISTS,
    /** There is no authority in the directory. */
    NO_AUTHORITY,
    /** What the authority keeps cannot be read. */
    BAD_STATE,
    /** The authority speaks for another trust domain. */
    OTHER_TRUST_DOMAIN,
    /** The name of an identity cannot be the name of its directory. */
    BAD_NAME,
    /** A certificate was asked for that names nobody. */
    NO_NAMES,
    /** A DNS name or address cannot be read. */
    BAD_ADDRESS,
    /** A name outside of what the authority may certify. */
    NAME_NOT_PERMITTED,
    /** A lifetime that is too short or too long. */
    BAD_LIFETIME,
    /** The authority's own certificate has expired, or is about to. */
    AUTHORITY_EXPIRED,
    /** A certificate signing request that does not parse. */
    BAD_REQUEST,
    /** A certificate signing request that its key did not sign. */
    NO_PROOF_OF_POSSESSION,
    /** A key that is too weak, too large, or of a kind that is not accepted. */
    WEAK_KEY,
    /** A profile that does not exist. */
    UNKNOWN_PROFILE,
    /** No certificate was issued under this name. */
    UNKNOWN_NAME,
    /** No certificate with this serial number was issued under this name, or none that still counts. */
    UNKNOWN_SERIAL,
    /** The key of this identity is held elsewhere, so only a new signing request renews it. */
    KEY_ELSEWHERE,
    /** Every certificate of this identity was revoked, and nobody said that it should come back. */
    REVOKED,
    /** Some identity directories could not be given the present anchors and revocation lists. */
    NOT_DELIVERED,
    /** The root cannot be dropped while certificates depend on it. */
    ROTATION_NOT_READY
  }

  PkiException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What stands in the way. */
  public Reason reason() {
    return reason;
  }
}
