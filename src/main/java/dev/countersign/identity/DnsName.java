package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import dev.countersign.text.Quoted;

/**
 * A host name (RFC 1123 section 2.1): labels of {@code a-z 0-9 - _}, none of them empty, longer than 63 or with a
 * hyphen at its edge; at most 253 characters; no trailing dot, no wildcard, and not an address. Kept in lower case,
 * because DNS does not tell cases apart (RFC 4343) and a deny rule must not miss a name for its spelling.
 *
 * @param name the name in lower case
 */
public record DnsName(String name) implements Principal {
  private static final int MAX_LENGTH = 253;
  private static final int MAX_LABEL = 63;

  /**
   * A host name from its lower-case text.
   *
   * @throws IdentityException if the text is not a host name in lower case
   */
  public DnsName {
    if (name.length() > MAX_LENGTH) {
      throw new IdentityException(
          Reason.TOO_LONG,
          "DNS name is too long: " + name.length() + " characters (at most " + MAX_LENGTH + ")");
    }
    int start = 0;
    for (int i = 0; i <= name.length(); i++) {
      if (i == name.length() || name.charAt(i) == '.') {
        checkLabel(name, start, i);
        start = i + 1;
      } else if (!isAllowed(name.charAt(i))) {
        throw bad(
            name,
            "has a character that is not allowed: " + Quoted.at(name, i)
                + " (allowed: a-z 0-9 - _ .)");
      }
    }
    String last = name.substring(name.lastIndexOf('.') + 1);
    if (last.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw bad(name, "ends in a number, as an address does");
    }
  }

  /**
   * Reads a host name in any case.
   *
   * @throws IdentityException if it is not one
   */
  public static DnsName parse(String text) {
    return new DnsName(lowerCaseAscii(text));
  }

  private static String lowerCaseAscii(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
    }
    return out.toString();
  }

  private static void checkLabel(String name, int start, int end) {
    if (start == end) {
      throw bad(name, "has an empty label");
    }
    if (end - start > MAX_LABEL) {
      throw bad(
          name, "has a label of " + (end - start) + " characters (at most " + MAX_LABEL + ")");
    }
    if (name.charAt(start) == '-' || name.charAt(end - 1) == '-') {
      throw bad(name, "has a label with a hyphen at its edge");
    }
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }

  private static IdentityException bad(String name, String problem) {
    return new IdentityException(
        Reason.BAD_DNS_NAME, "DNS name " + Quoted.of(name) + " " + problem);
  }

  @Override
  public String toString() {
    return name;
  }
}
