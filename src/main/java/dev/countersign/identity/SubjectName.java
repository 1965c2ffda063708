package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import dev.countersign.text.Quoted;
import javax.security.auth.x500.X500Principal;

/**
 * The subject of a certificate in the form of RFC 2253, such as {@code CN=billing,O=Example}; what a certificate
 * without alternative names is known by. A common name alone is never taken for a host name. It begins with the type of
 * an attribute and an equals sign, as no name of another kind does; a subject with characters that steer a terminal or
 * cannot be seen is refused, because people compare it by eye.
 *
 * @param name the subject in RFC 2253
 */
public record SubjectName(String name) implements Principal {
  private static final int MAX_LENGTH = 2048;

  /**
   * A subject from its RFC 2253 text.
   *
   * @throws IdentityException if the text is empty, too long, does not begin with an attribute, or holds a character that
   *     cannot be seen
   */
  public SubjectName {
    if (name.isEmpty()) {
      throw new IdentityException(Reason.NO_NAME, "subject is empty");
    }
    if (name.length() > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "subject is too long: " + name.length() + " characters (at most " + MAX_LENGTH + ")");
    }
    int equals = name.indexOf('=');
    if (equals < 1 || !name.substring(0, equals).chars().allMatch(SubjectName::isOfAttributeType)) {
      throw new IdentityException(
          Reason.BAD_SUBJECT,
          "subject " + Quoted.of(name) + " does not begin with an attribute, such as CN=");
    }
    if (name.codePoints().anyMatch(SubjectName::cannotBeSeen)) {
      throw new IdentityException(
          Reason.BAD_SUBJECT,
          "subject " + Quoted.of(name) + " holds a character that cannot be seen");
    }
  }

  /**
   * The subject of a certificate.
   *
   * @throws IdentityException also if its text, read again, is another subject's: a rule could not name it
   */
  static SubjectName of(X500Principal subject) {
    SubjectName written = new SubjectName(subject.getName(X500Principal.RFC2253));
    if (!principal(written.name()).getName(X500Principal.RFC2253).equals(written.name())) {
      throw new IdentityException(
          Reason.BAD_SUBJECT,
          "subject " + Quoted.of(written.name()) + " is another one when it is read again");
    }
    return written;
  }

  /**
   * Reads a subject in RFC 2253 and keeps the form that certificates are compared in.
   *
   * @throws IdentityException if it does not parse, or is another one when its form is read again
   */
  public static SubjectName parse(String text) {
    return of(principal(text));
  }

  private static X500Principal principal(String text) {
    try {
      return new X500Principal(text);
    } catch (IllegalArgumentException e) {
      throw new IdentityException(
          Reason.BAD_SUBJECT, "subject " + Quoted.of(text) + " is not in RFC 2253 form");
    }
  }

  private static boolean isOfAttributeType(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '-';
  }

  private static boolean cannotBeSeen(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED -> true;
      default -> false;
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
