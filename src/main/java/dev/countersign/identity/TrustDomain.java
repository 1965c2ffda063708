package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import dev.countersign.text.Quoted;

/**
 * The realm of one authority, the host part of a SPIFFE id (SPIFFE-ID section 2.1): 1 to 255 characters of
 * {@code a-z 0-9 . - _}. Equal only when spelt the same.
 *
 * @param name the name without a scheme, such as {@code example.org}
 */
public record TrustDomain(String name) {
  static final int MAX_LENGTH = 255;

  /**
   * A trust domain from its bare name.
   *
   * @throws IdentityException if the name is empty, too long or holds another character
   */
  public TrustDomain {
    if (name.isEmpty()) {
      throw new IdentityException(
          Reason.BAD_TRUST_DOMAIN, "trust domain is empty (expected 1 to 255 characters)");
    }
    if (name.length() > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "trust domain is too long: " + name.length() + " characters (at most " + MAX_LENGTH
              + ")");
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isAllowed(name.charAt(i))) {
        throw new IdentityException(
            Reason.BAD_TRUST_DOMAIN,
            "trust domain " + Quoted.of(name) + " has a character that is not allowed: "
                + Quoted.at(name, i) + " (allowed: a-z 0-9 . - _)");
      }
    }
  }

  /**
   * The id of a workload of this trust domain, from the segments of its path.
   *
   * @throws IdentityException if there are none, or one of them is not a segment; a slash does not make two of it
   */
  public SpiffeId id(String... segments) {
    for (String segment : segments) {
      if (segment.indexOf('/') >= 0) {
        throw new IdentityException(
            Reason.BAD_PATH, "segment " + Quoted.of(segment) + " of a SPIFFE id holds a slash");
      }
    }
    return SpiffeId.parse(SpiffeId.SCHEME + name + "/" + String.join("/", segments));
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  }

  @Override
  public String toString() {
    return name;
  }
}
