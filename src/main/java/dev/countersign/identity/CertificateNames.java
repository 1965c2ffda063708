package dev.countersign.identity;

import dev.countersign.identity.IdentityException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * The principals of a certificate, as gRFC A41 defines them: all URI names; if there are none, all DNS names; if there
 * are none, the subject. Names of other kinds are ignored unless they hold a SPIFFE id, which only confuses. A
 * certificate whose names cannot all be read names nobody: there is no falling through to the next kind.
 */
public final class CertificateNames {
  private static final String SUBJECT_ALTERNATIVE_NAMES = "2.5.29.17";
  private static final int MAX_NAMES = 64;
  private static final int DNS = 2;
  private static final int URI = 6;

  private CertificateNames() {}

  /**
   * The principals of a leaf that has been verified, or is shown as not verified.
   *
   * @throws IdentityException if it names nobody, or names somebody in a way that could be read in two ways
   */
  public static List<Principal> of(X509Certificate leaf) {
    Collection<List<?>> names = alternativeNames(leaf);
    List<String> uris = new ArrayList<>();
    List<String> hosts = new ArrayList<>();
    for (List<?> name : names) {
      int type = (Integer) name.get(0);
      if (type == URI) {
        uris.add((String) name.get(1));
        continue;
      }
      if (type == DNS) {
        hosts.add((String) name.get(1));
      }
      refuseMisplaced(name.get(1));
    }
    if (!uris.isEmpty()) {
      return fromUris(uris);
    }
    if (!hosts.isEmpty()) {
      return hosts.stream().<Principal>map(DnsName::parse).toList();
    }
    return List.of(SubjectName.of(leaf.getSubjectX500Principal()));
  }

  /**
   * The DNS names of a server's leaf, whatever other names it has (RFC 9525 section 6.2): names that are not spelt out,
   * such as wildcards, are left out.
   *
   * @throws IdentityException if the names cannot be read
   */
  public static List<DnsName> hosts(X509Certificate leaf) {
    List<DnsName> hosts = new ArrayList<>();
    for (List<?> name : alternativeNames(leaf)) {
      if ((Integer) name.get(0) == DNS && !((String) name.get(1)).contains("*")) {
        hosts.add(DnsName.parse((String) name.get(1)));
      }
    }
    return hosts;
  }

  private static Collection<List<?>> alternativeNames(X509Certificate leaf) {
    Collection<List<?>> names;
    try {
      names = leaf.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      throw unreadable();
    }
    if (names == null) {
      // The JDK drops an extension that it cannot parse; it must not pass for an absent one.
      if (leaf.getExtensionValue(SUBJECT_ALTERNATIVE_NAMES) != null) {
        throw unreadable();
      }
      return List.of();
    }
    if (names.size() > MAX_NAMES) {
      throw new IdentityException(
          Reason.TOO_MANY_NAMES,
          "certificate has " + names.size() + " names (at most " + MAX_NAMES + ")");
    }
    return names;
  }

  private static List<Principal> fromUris(List<String> uris) {
    boolean spiffe = uris.stream().anyMatch(CertificateNames::claimsSpiffe);
    if (!spiffe) {
      return uris.stream().<Principal>map(UriName::parse).toList();
    }
    if (uris.size() > 1) {
      throw new IdentityException(
          Reason.SEVERAL_URI_NAMES,
          "certificate has " + uris.size()
              + " URI names (a SPIFFE leaf has exactly one, X509-SVID section 2)");
    }
    return List.of(SpiffeId.parse(uris.get(0)).requireWorkload());
  }

  private static void refuseMisplaced(Object value) {
    String text = value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.ISO_8859_1)
        : String.valueOf(value);
    if (text.toLowerCase(Locale.ROOT).contains("spiffe:")) {
      throw new IdentityException(
          Reason.MISPLACED_SPIFFE_ID, "certificate holds a SPIFFE id in a name that is not a URI");
    }
  }

  private static boolean claimsSpiffe(String uri) {
    return uri.regionMatches(true, 0, "spiffe:", 0, "spiffe:".length());
  }

  private static IdentityException unreadable() {
    return new IdentityException(
        Reason.UNREADABLE_NAMES, "subject alternative names of the certificate cannot be read");
  }
}
