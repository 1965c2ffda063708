package dev.countersign.credentials;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * A peer whose proof does not hold. The message is for our log, with what the peer presented; the peer itself learns
 * no more than that it was refused.
 */
public final class PeerRefusedException extends CertificateException {
  private static final long serialVersionUID = 1;

  /** Why the peer was refused, for programs and tests. */
  public enum Reason {
    /** It presented no certificate. */
    NO_CERTIFICATE,
    /** It presented more certificates, or larger ones, than a chain may have. */
    CHAIN_TOO_LARGE,
    /** A certificate does not parse. */
    UNREADABLE_CERTIFICATE,
    /** The leaf names nobody, or could be read in two ways. */
    BAD_NAME,
    /** No anchors are configured for the trust domain that the leaf names. */
    UNKNOWN_TRUST_DOMAIN,
    /** The chain does not lead to an anchor of the leaf's trust domain. */
    UNTRUSTED_ISSUER,
    /** A certificate of the chain was not signed by the next one. */
    BAD_SIGNATURE,
    /** A certificate of the chain is no longer valid. */
    EXPIRED,
    /** A certificate of the chain is not valid yet. */
    NOT_YET_VALID,
    /** The leaf is not for this use: extended key usage or key usage says otherwise, or does not say it. */
    WRONG_USE,
    /** The leaf is a certificate of an authority. */
    NOT_A_LEAF,
    /** A key or a signature is of a kind or size that is not accepted. */
    WEAK_ALGORITHM,
    /** An authority of the chain may not issue this name. */
    NAME_NOT_PERMITTED,
    /** A certificate of the chain may not issue others, or the chain is longer than one of them allows. */
    NOT_AN_AUTHORITY,
    /** A critical extension is not understood. */
    UNKNOWN_EXTENSION,
    /** A certificate of the chain was revoked. */
    REVOKED,
    /** Revocation lists are in use, and none of them can speak for a certificate of the chain now. */
    REVOCATION_UNKNOWN,
    /** The path is invalid for another reason. */
    INVALID_PATH,
    /** The peer is someone, but not the one that was expected. */
    UNEXPECTED_PEER
  }

  private final Reason reason;

  PeerRefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  PeerRefusedException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /**
   * A refusal of a peer about whom nothing can be said, because something failed that should not: whoever cannot decide
   * must refuse.
   *
   * @param cause what failed
   */
  public static PeerRefusedException undecided(Throwable cause) {
    return new PeerRefusedException(
        Reason.INVALID_PATH, "it could not be decided whether the peer is still believed", cause);
  }

  /** The same, with what the peer presented. */
  PeerRefusedException presenting(X509Certificate leaf) {
    return new PeerRefusedException(
        reason, getMessage() + "; presented: " + CertificateText.certificate(leaf), getCause());
  }

  /** Why the peer was refused. */
  public Reason reason() {
    return reason;
  }
}
