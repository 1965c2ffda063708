package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import javax.security.auth.x500.X500Principal;

/**
 * The subject of a certificate in the form of RFC 2253, such as {@code CN=billing,O=Example}; what a certificate
 * without alternative names is known by. A common name alone is never taken for a host name.
 *
 * @param name the subject in RFC 2253
 */
public record SubjectName(String name) implements Principal {

  /**
   * A subject from its RFC 2253 text.
   *
   * @throws IdentityException if the text is empty or has no attribute
   */
  public SubjectName {
    if (name.indexOf('=') < 0) {
      throw new IdentityException(
          Reason.NO_NAME, "subject " + Quoted.of(name) + " has no attribute");
    }
  }

  /** The subject of a certificate. */
  static SubjectName of(X500Principal subject) {
    return new SubjectName(subject.getName(X500Principal.RFC2253));
  }

  /**
   * Reads a subject in RFC 2253 and keeps the form that certificates are compared in.
   *
   * @throws IdentityException if it does not parse
   */
  public static SubjectName parse(String text) {
    try {
      return of(new X500Principal(text));
    } catch (IllegalArgumentException e) {
      throw new IdentityException(
          Reason.NO_NAME, "subject " + Quoted.of(text) + " is not in RFC 2253 form");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
