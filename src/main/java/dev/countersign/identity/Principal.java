package dev.countersign.identity;

/**
 * One name that a peer proved. The kinds never produce each other's strings: a URI holds {@code ://} or at least a
 * scheme and a colon, a subject holds {@code =}, a service account holds {@code @}, a DNS name none of these.
 */
public sealed interface Principal permits SpiffeId, UriName, DnsName, SubjectName, ServiceAccount {

  /** The name as an authorization policy sees it (gRFC A43 {@code principals}). */
  String name();

  /**
   * Reads what a person wrote where a peer is named: a SPIFFE id, another absolute URI, a service account, a subject
   * or a DNS name, told apart by their shape.
   *
   * @throws IdentityException if the text is none of these
   */
  static Principal parse(String text) {
    if (text.regionMatches(true, 0, SpiffeId.SCHEME, 0, SpiffeId.SCHEME.length())) {
      return SpiffeId.parse(text);
    }
    if (text.contains("://")) {
      return UriName.parse(text);
    }
    if (text.indexOf('=') >= 0) {
      return SubjectName.parse(text);
    }
    return text.indexOf('@') >= 0 ? ServiceAccount.parse(text) : DnsName.parse(text);
  }
}
