package dev.countersign.policy;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.policy.StringPattern.Kind;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a principal in a rule is to be spelt. Peers have each name in one spelling only (a DNS name in lower case, a subject
 * as RFC 2253 prints it), and rules compare exactly, so that a rule with another one never matches.
 */
final class PrincipalSpelling {
  private static final int SCHEME_AND_SLASHES = 3;

  private PrincipalSpelling() {}

  /** The spelling that peers have, if the pattern has another one of the same name; otherwise null. */
  static @Nullable String instead(StringPattern principal) {
    String text = principal.text();
    String peers = switch (principal.kind()) {
      case EXACT -> ofPeers(text);
      case PREFIX -> beginsHostName(text) ? text.toLowerCase(Locale.ROOT) : text;
      case SUFFIX, PRESENT, ANY -> text;
    };
    return peers.equals(text) ? null : new StringPattern(principal.kind(), peers).toString();
  }

  /**
   * The suffix that DNS names have, if the pattern looks like one in another spelling; otherwise null. The path of a SPIFFE
   * id and the last attribute of a subject may end with it as it is.
   */
  static @Nullable String insteadForHosts(StringPattern principal) {
    String text = principal.text();
    String hosts = text.toLowerCase(Locale.ROOT);
    return principal.kind() == Kind.SUFFIX && endsHostName(text) && !hosts.equals(text)
        ? new StringPattern(Kind.SUFFIX, hosts).toString()
        : null;
  }

  private static String ofPeers(String text) {
    String name = nameOf(text);
    // A service account, and the scheme and trust domain of a SPIFFE id, are refused in upper case
    // rather than folded.
    name = name == null ? nameOf(lowerCaseToPath(text)) : name;
    return name == null ? text : name;
  }

  private static @Nullable String nameOf(String text) {
    try {
      return Principal.parse(text).name();
    } catch (IdentityException e) {
      return null;
    }
  }

  private static String lowerCaseToPath(String text) {
    int scheme = text.indexOf("://");
    int path = scheme < 0 ? -1 : text.indexOf('/', scheme + SCHEME_AND_SLASHES);
    int end = path < 0 ? text.length() : path;
    return text.substring(0, end).toLowerCase(Locale.ROOT) + text.substring(end);
  }

  /** Nothing else that a peer is called begins so: no scheme, no attribute of a subject, and no service account. */
  private static boolean beginsHostName(String text) {
    return text.indexOf('.') > 0 && isHostName(text + "x");
  }

  /** With a dot before it and one in it; {@code *-RC} or {@code *.RC} may well end the path of a SPIFFE id. */
  private static boolean endsHostName(String text) {
    return text.startsWith(".") && text.indexOf('.', 1) > 0 && isHostName(text.substring(1));
  }

  private static boolean isHostName(String text) {
    try {
      return !DnsName.parse(text).name().isEmpty();
    } catch (IdentityException e) {
      return false;
    }
  }
}
