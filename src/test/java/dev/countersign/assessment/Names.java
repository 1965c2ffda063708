package dev.countersign.assessment;

import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** The names of a certificate as they stand in it, without a check of any. */
final class Names {
  private static final int OTHER = 0xa0;
  private static final int MAIL = 0x81;
  private static final int DNS = 0x82;
  private static final int URI = 0x86;

  private Names() {}

  /** The URI names. */
  static List<String> uris(X509Certificate certificate) {
    return of(certificate, URI);
  }

  static List<String> hosts(X509Certificate certificate) {
    return of(certificate, DNS);
  }

  static List<String> mailAddresses(X509Certificate certificate) {
    return of(certificate, MAIL);
  }

  /** The {@code otherName}s, each as the bytes that it is made of. */
  static List<String> others(X509Certificate certificate) {
    return of(certificate, OTHER);
  }

  static String first(X509Certificate certificate) {
    return uris(certificate).stream().findFirst().orElse("");
  }

  private static List<String> of(X509Certificate certificate, int kind) {
    byte[] extension = certificate.getExtensionValue("2.5.29.17");
    List<String> names = new ArrayList<>();
    if (extension == null) {
      return names;
    }
    // An octet string that holds a sequence of names.
    int[] at = {0};
    enter(extension, at);
    int end = enter(extension, at);
    while (at[0] < end) {
      int tag = Byte.toUnsignedInt(extension[at[0]]);
      int last = enter(extension, at);
      if (tag == kind) {
        names.add(new String(extension, at[0], last - at[0], StandardCharsets.ISO_8859_1));
      }
      at[0] = last;
    }
    return names;
  }

  /** Steps over a tag and a length; says where the content ends. */
  private static int enter(byte[] der, int[] at) {
    int length = Byte.toUnsignedInt(der[at[0] + 1]);
    at[0] += 2;
    if (length > 0x80) {
      int bytes = length - 0x80;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = (length << 8) | Byte.toUnsignedInt(der[at[0]++]);
      }
    }
    return at[0] + length;
  }
}
