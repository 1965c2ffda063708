package dev.countersign.credentials;

import dev.countersign.text.Quoted;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;

/** What messages show of a certificate: names and serial number, escaped and cut, never the whole. */
final class CertificateText {
  /** 20 octets (RFC 5280 section 4.1.2.2) and a sign. */
  private static final int MAX_SERIAL = 41;

  private static final int MAX_NAMES = 3;

  private CertificateText() {}

  static String subject(X509Certificate certificate) {
    return Quoted.of(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253));
  }

  static String issuer(X509Certificate certificate) {
    return Quoted.of(certificate.getIssuerX500Principal().getName(X500Principal.RFC2253));
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
          .map(name -> Quoted.of((String) name))
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
