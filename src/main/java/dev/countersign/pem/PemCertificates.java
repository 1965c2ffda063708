package dev.countersign.pem;

import dev.countersign.pem.PemException.Reason;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Certificates as they stand in a file: PEM blocks in order, or one in DER. Parsed, not verified. */
public final class PemCertificates {
  private static final int DER_SEQUENCE = 0x30;

  private PemCertificates() {}

  /**
   * The certificates, at least one.
   *
   * @param source what the bytes are, as an error names it, such as {@code certificate file "tls.crt"}
   * @throws PemException if there are none, one does not parse, or a private key stands among them
   */
  public static List<X509Certificate> parse(String source, byte[] bytes) throws PemException {
    if (bytes.length > 0 && bytes[0] == DER_SEQUENCE && !Pem.isPem(bytes)) {
      return List.of(certificate(source, bytes));
    }
    List<PemBlock> blocks = Pem.parse(source, bytes);
    List<X509Certificate> certificates = new ArrayList<>();
    for (PemBlock block : blocks) {
      if (block.isCertificate()) {
        certificates.add(certificate(source + " line " + block.line(), block.der()));
      }
    }
    if (certificates.isEmpty()) {
      throw new PemException(
          Reason.NO_CERTIFICATE,
          source + " holds 0 certificates (expected at least one)" + firstLabel(blocks));
    }
    for (PemBlock block : blocks) {
      if (block.isPrivateKey()) {
        throw new PemException(
            Reason.PRIVATE_KEY_AMONG_CERTIFICATES,
            source + " line " + block.line() + " holds a private key (expected certificates only);"
                + " move it to a file of its own, and make a new key if others could read it");
      }
    }
    return certificates;
  }

  /**
   * Certificates in DER, one after the other without anything between them; at least one.
   *
   * @param source what the bytes are, as an error names it
   * @throws PemException if there are none, or one does not parse
   */
  public static List<X509Certificate> parseDer(String source, byte[] der) throws PemException {
    if (der.length == 0) {
      throw new PemException(
          Reason.NO_CERTIFICATE, source + " holds 0 certificates (expected at least one)");
    }
    List<X509Certificate> certificates = new ArrayList<>();
    ByteArrayInputStream in = new ByteArrayInputStream(der);
    while (in.available() > 0) {
      // Else the factory would take what stands there for PEM.
      boolean isDer = der[der.length - in.available()] == DER_SEQUENCE;
      try {
        if (isDer) {
          certificates.add(
              (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
          continue;
        }
      } catch (CertificateException e) {
        // What the parser says is about bytes, not about their source.
      }
      throw new PemException(
          Reason.BAD_CERTIFICATE,
          source + " holds a certificate that does not parse, the " + (certificates.size() + 1)
              + ". of it");
    }
    return certificates;
  }

  private static String firstLabel(List<PemBlock> blocks) {
    if (blocks.isEmpty()) {
      return "; there is no PEM block in it";
    }
    PemBlock first = blocks.get(0);
    return "; its first PEM label is \"" + first.label() + "\""
        + (first.isPrivateKey() ? ": are certificate and key swapped?" : "");
  }

  private static X509Certificate certificate(String source, byte[] der) throws PemException {
    try {
      ByteArrayInputStream in = new ByteArrayInputStream(der);
      X509Certificate certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      if (in.available() == 0 && der[0] == DER_SEQUENCE) {
        return certificate;
      }
    } catch (CertificateException e) {
      // What the parser says is about bytes, not about the file.
    }
    throw new PemException(
        Reason.BAD_CERTIFICATE, source + " holds a certificate that does not parse");
  }
}
