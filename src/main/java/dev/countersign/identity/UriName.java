package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import dev.countersign.text.Quoted;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * An absolute URI that is not a SPIFFE id, as some authorities put into certificates. Kept as it was spelt.
 *
 * @param name the URI
 */
public record UriName(String name) implements Principal {
  private static final int MAX_LENGTH = 2048;

  /**
   * A URI from its text.
   *
   * @throws IdentityException if the text is not an absolute URI in ASCII, or claims the scheme of SPIFFE
   */
  public UriName {
    if (name.length() > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "URI is too long: " + name.length() + " characters (at most " + MAX_LENGTH + ")");
    }
    if (!isAbsolute(name)) {
      throw new IdentityException(Reason.BAD_URI, "URI " + Quoted.of(name) + " is not absolute");
    }
    if (name.regionMatches(true, 0, "spiffe:", 0, "spiffe:".length())) {
      throw new IdentityException(
          Reason.BAD_URI, "URI " + Quoted.of(name) + " has the scheme of a SPIFFE id");
    }
  }

  /**
   * Reads an absolute URI.
   *
   * @throws IdentityException if it is not one
   */
  public static UriName parse(String text) {
    return new UriName(text);
  }

  private static boolean isAbsolute(String text) {
    if (!text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      return false;
    }
    try {
      return new URI(text).isAbsolute();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
