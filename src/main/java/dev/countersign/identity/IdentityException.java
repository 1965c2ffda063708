package dev.countersign.identity;

/** A text or certificate that does not name a peer in the one way it may; the message says which part is wrong. */
public final class IdentityException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** What is wrong, for programs; people read the message. */
  public enum Reason {
    /** The text is longer than its kind allows. */
    TOO_LONG,
    /** The scheme is missing or not the lower-case one that is required. */
    WRONG_SCHEME,
    /** The trust domain is empty or holds a character outside {@code a-z 0-9 . - _}. */
    BAD_TRUST_DOMAIN,
    /** The path has an empty, {@code .} or {@code ..} segment, a trailing slash or a character that is not allowed. */
    BAD_PATH,
    /** A workload's id has no path. */
    NO_PATH,
    /** The text is not a host name. */
    BAD_DNS_NAME,
    /** The text is not an absolute URI. */
    BAD_URI,
    /** The text is not a service account of the form {@code name@domain} in lower case. */
    BAD_SERVICE_ACCOUNT,
    /** The text is not a subject in the form of RFC 2253. */
    BAD_SUBJECT,
    /** The certificate has more than one URI name and one of them is a SPIFFE id. */
    SEVERAL_URI_NAMES,
    /** The certificate names nobody. */
    NO_NAME,
    /** The certificate's alternative names cannot be read. */
    UNREADABLE_NAMES,
    /** A SPIFFE id stands in a name of another type. */
    MISPLACED_SPIFFE_ID,
    /** The certificate has more names than a peer may have. */
    TOO_MANY_NAMES
  }

  private final Reason reason;

  IdentityException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What is wrong. */
  public Reason reason() {
    return reason;
  }
}
