package dev.countersign.credentials;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;

/** What messages show of certificates and of text that came from a peer: escaped, cut, never a whole certificate. */
final class Printable {
  private static final int MAX_PRINTED = 200;
  private static final int MAX_NAMES = 3;

  /** 20 octets (RFC 5280 section 4.1.2.2) and a sign. */
  private static final int MAX_SERIAL = 41;

  private Printable() {}

  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), MAX_PRINTED); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7f) {
        out.append(c);
      } else {
        out.append("\\u").append(HexFormat.of().toHexDigits((short) c));
      }
    }
    return out.append(text.length() > MAX_PRINTED ? "...\"" : "\"").toString();
  }

  static String subject(X509Certificate certificate) {
    return quoted(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253));
  }

  static String issuer(X509Certificate certificate) {
    return quoted(certificate.getIssuerX500Principal().getName(X500Principal.RFC2253));
  }

  /** Who a certificate says it is, who issued it and until when: names that a peer chose, so that people can find it. */
  static String certificate(X509Certificate certificate) {
    return subject(certificate) + ", " + names(certificate) + ", issued by " + issuer(certificate)
        + ", serial " + serial(certificate) + ", valid from "
        + certificate.getNotBefore().toInstant() + " until "
        + certificate.getNotAfter().toInstant();
  }

  private static String names(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null) {
        return "no alternative names";
      }
      String shown = names.stream()
          .map(name -> name.get(1))
          .filter(String.class::isInstance)
          .limit(MAX_NAMES)
          .map(name -> quoted((String) name))
          .collect(Collectors.joining(" "));
      return "names " + shown
          + (names.size() > MAX_NAMES ? " and " + (names.size() - MAX_NAMES) + " more" : "");
    } catch (CertificateParsingException e) {
      return "alternative names that do not parse";
    }
  }

  static String serial(X509Certificate certificate) {
    String hex = certificate.getSerialNumber().toString(16);
    return hex.length() > MAX_SERIAL ? hex.substring(0, MAX_SERIAL) + "..." : hex;
  }
}
