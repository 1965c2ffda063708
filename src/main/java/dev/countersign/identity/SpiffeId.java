package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;

/**
 * The name of a workload, {@code spiffe://trust-domain/path}, exactly as the SPIFFE-ID specification has it: scheme
 * and trust domain in lower case; no user, port, query or fragment; path segments of {@code a-z A-Z 0-9 . - _}, none
 * of them empty, {@code .} or {@code ..}; no percent-encoding; at most 2048 bytes. Nothing is normalised, so equal ids
 * are spelt the same. Without a path it names the trust domain itself.
 *
 * @param trustDomain the realm that vouches for the id
 * @param path what follows the trust domain: empty, or {@code /} and at least one segment
 */
public record SpiffeId(TrustDomain trustDomain, String path) implements Principal {
  static final String SCHEME = "spiffe://";
  private static final int MAX_LENGTH = 2048;

  /**
   * An id from its two parts.
   *
   * @throws IdentityException if the path is not one that the specification allows
   */
  public SpiffeId {
    int length = SCHEME.length() + trustDomain.name().length() + path.length();
    if (length > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "SPIFFE id is too long: " + length + " characters (at most " + MAX_LENGTH + ")");
    }
    checkPath(path);
  }

  /**
   * Reads an id.
   *
   * @throws IdentityException if the text is not a SPIFFE id
   */
  public static SpiffeId parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "SPIFFE id is too long: " + text.length() + " characters (at most " + MAX_LENGTH + ")");
    }
    if (!text.startsWith(SCHEME)) {
      throw new IdentityException(
          Reason.WRONG_SCHEME,
          "SPIFFE id " + Quoted.of(text) + " does not start with \"spiffe://\" in lower case");
    }
    int slash = text.indexOf('/', SCHEME.length());
    int end = slash < 0 ? text.length() : slash;
    return new SpiffeId(new TrustDomain(text.substring(SCHEME.length(), end)), text.substring(end));
  }

  /**
   * This id, if it can name a workload (X509-SVID section 3.1: a leaf has a path).
   *
   * @throws IdentityException if the id has no path
   */
  public SpiffeId requireWorkload() {
    if (path.isEmpty()) {
      throw new IdentityException(
          Reason.NO_PATH,
          "SPIFFE id " + Quoted.of(name()) + " names a trust domain (a workload's id has a path)");
    }
    return this;
  }

  @Override
  public String name() {
    return SCHEME + trustDomain.name() + path;
  }

  @Override
  public String toString() {
    return name();
  }

  private static void checkPath(String path) {
    if (path.isEmpty()) {
      return;
    }
    if (path.charAt(0) != '/') {
      throw badPath(path, "does not start with a slash");
    }
    int start = 1;
    for (int i = 1; i <= path.length(); i++) {
      if (i == path.length() || path.charAt(i) == '/') {
        checkSegment(path, start, i);
        start = i + 1;
      } else if (!isAllowed(path.charAt(i))) {
        throw badPath(
            path,
            "has a character that is not allowed: " + Quoted.at(path, i)
                + " (allowed: a-z A-Z 0-9 . - _)");
      }
    }
  }

  private static void checkSegment(String path, int start, int end) {
    if (start == end) {
      throw badPath(path, end == path.length() ? "ends with a slash" : "has an empty segment");
    }
    String segment = path.substring(start, end);
    if (segment.equals(".") || segment.equals("..")) {
      throw badPath(path, "has a dot segment");
    }
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '-'
        || c == '_';
  }

  private static IdentityException badPath(String path, String problem) {
    return new IdentityException(
        Reason.BAD_PATH, "path " + Quoted.of(path) + " of a SPIFFE id " + problem);
  }
}
