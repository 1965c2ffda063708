package dev.countersign.pki;

/**
 * Something that is wrong with a certificate as an identity here.
 *
 * @param reason the kind
 * @param severity how bad it is
 * @param subject which certificate of the file
 * @param problem what is wrong: found, and expected
 */
public record CertificateFinding(Reason reason, Severity severity, String subject, String problem) {
  /** How bad a finding is. */
  public enum Severity {
    /** A peer that follows the rules refuses it. */
    ERROR,
    /** It works, and should be better. */
    WARNING
  }

  /** The kinds of findings. */
  public enum Reason {
    /** The file cannot be read as certificates. */
    UNREADABLE,
    /** A private key stands in the file. */
    PRIVATE_KEY_IN_FILE,
    /** Its time is over. */
    EXPIRED,
    /** Its time has not come. */
    NOT_YET_VALID,
    /** Valid for longer than anybody would notice its theft. */
    LONG_LIFETIME,
    /** Neither for TLS clients nor for TLS servers. */
    NO_TLS_USE,
    /** Without the key usage that TLS 1.3 needs. */
    NO_DIGITAL_SIGNATURE,
    /** An authority that poses as a leaf. */
    AUTHORITY_AS_LEAF,
    /** No name, or names that can be read in two ways. */
    BAD_NAMES,
    /** No SPIFFE id. */
    NO_SPIFFE_ID,
    /** A trust domain that URI constraints cannot name. */
    UNCONSTRAINABLE_TRUST_DOMAIN,
    /** A key that is too weak or of a kind that is not accepted. */
    WEAK_KEY,
    /** Signed with an algorithm that is not accepted. */
    WEAK_SIGNATURE,
    /** A serial number that is negative, zero, too long or easy to guess. */
    BAD_SERIAL,
    /** A certificate that did not issue the one before it. */
    CHAIN_ORDER,
    /** An issuer that is not an authority. */
    ISSUER_IS_NO_AUTHORITY,
    /** A root in the chain, which peers ignore. */
    ROOT_IN_CHAIN
  }
}
