package dev.countersign.identity;

/**
 * One name that a peer proved. The kinds never produce each other's strings: a URI begins with a scheme and a colon, and
 * only a SPIFFE id with {@code spiffe:}; a subject begins with an attribute type and {@code =}; a service account holds
 * {@code @} and neither of the two; a DNS name none of them.
 */
public sealed interface Principal permits SpiffeId, UriName, DnsName, SubjectName, ServiceAccount {

  /** The name as an authorization policy sees it (gRFC A43 {@code principals}). */
  String name();

  /**
   * Reads what a person wrote where a peer is named: a SPIFFE id, another URI with {@code ://} or a URN, a service
   * account, a subject or a DNS name, told apart by their shape.
   *
   * @throws IdentityException if the text is none of these
   */
  static Principal parse(String text) {
    if (startsWith(text, "spiffe:")) {
      return SpiffeId.parse(text);
    }
    // A colon alone is not enough: host:port would pass for a URI.
    if (text.contains("://") || startsWith(text, "urn:")) {
      return UriName.parse(text);
    }
    if (text.indexOf('=') >= 0) {
      return SubjectName.parse(text);
    }
    return text.indexOf('@') >= 0 ? ServiceAccount.parse(text) : DnsName.parse(text);
  }

  private static boolean startsWith(String text, String scheme) {
    return text.regionMatches(true, 0, scheme, 0, scheme.length());
  }
}
