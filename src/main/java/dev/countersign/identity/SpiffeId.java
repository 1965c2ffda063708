package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import dev.countersign.text.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * The name of a workload, {@code spiffe://trust-domain/path}, exactly as the SPIFFE-ID specification has it: scheme
 * and trust domain in lower case; no user, port, query or fragment; path segments of {@code a-z A-Z 0-9 . - _}, none
 * of them empty, {@code .} or {@code ..}; no percent-encoding; at most 2048 bytes. Nothing is normalised, so equal ids
 * are spelt the same. Without a path it names the trust domain itself.
 */
public final class SpiffeId implements Principal {
  static final String SCHEME = "spiffe://";
  private static final int MAX_LENGTH = 2048;

  private final TrustDomain trustDomain;
  private final String path;
  private final String name;

  private SpiffeId(TrustDomain trustDomain, String path) {
    int length = SCHEME.length() + trustDomain.name().length() + path.length();
    if (length > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "SPIFFE id is too long: " + length + " characters (at most " + MAX_LENGTH + ")");
    }
    checkPath(path);
    this.trustDomain = trustDomain;
    this.path = path;
    this.name = SCHEME + trustDomain.name() + path;
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

  /** The realm that vouches for the id. */
  public TrustDomain trustDomain() {
    return trustDomain;
  }

  /** What follows the trust domain: empty, or {@code /} and at least one segment. */
  public String path() {
    return path;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SpiffeId id && id.name.equals(name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
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
