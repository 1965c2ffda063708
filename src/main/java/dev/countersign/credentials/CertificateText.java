package dev.countersign.credentials;

import dev.countersign.text.Quoted;
import java.security.cert.X509Certificate;
import javax.security.auth.x500.X500Principal;

/** What messages show of a certificate: names and serial number, escaped and cut, never the whole. */
final class CertificateText {
  /** 20 octets (RFC 5280 section 4.1.2.2) and a sign. */
  private static final int MAX_SERIAL = 41;

  private CertificateText() {}

  static String subject(X509Certificate certificate) {
    return Quoted.of(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253));
  }

  static String issuer(X509Certificate certificate) {
    return Quoted.of(certificate.getIssuerX500Principal().getName(X500Principal.RFC2253));
  }

  static String serial(X509Certificate certificate) {
    String hex = certificate.getSerialNumber().toString(16);
    return hex.length() > MAX_SERIAL ? hex.substring(0, MAX_SERIAL) + "..." : hex;
  }
}
