package dev.countersign.credentials;

import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;

/** What messages show of certificates and of text that came from a peer: escaped, cut, never a whole certificate. */
final class Printable {
  private static final int MAX_PRINTED = 200;

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

  static String serial(X509Certificate certificate) {
    String hex = certificate.getSerialNumber().toString(16);
    return hex.length() > MAX_SERIAL ? hex.substring(0, MAX_SERIAL) + "..." : hex;
  }
}
