package dev.countersign.pki;

import dev.countersign.files.AtomicFile.Rights;
import dev.countersign.files.FileSet;
import dev.countersign.files.PrivateDirectory;
import dev.countersign.pem.Pem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A certificate from the {@link CertificateForge} with its key and what issued it. */
public final class ForgedCertificate {
  private final X509Certificate certificate;
  private final KeyPair keys;
  private final @Nullable ForgedCertificate issuer;

  ForgedCertificate(X509Certificate certificate, KeyPair keys, @Nullable ForgedCertificate issuer) {
    this.certificate = certificate;
    this.keys = keys;
    this.issuer = issuer;
  }

  /** The certificate itself. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** Its private key. */
  public PrivateKey privateKey() {
    return keys.getPrivate();
  }

  /** Both of its keys. */
  public KeyPair keys() {
    return keys;
  }

  /** This certificate and those that issued it, without the root unless it is the root. */
  public List<X509Certificate> chain() {
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(certificate);
    for (ForgedCertificate next = issuer; next != null && next.issuer != null; next = next.issuer) {
      chain.add(next.certificate);
    }
    return chain;
  }

  /** The root at the end of its chain; itself if it is one. */
  public X509Certificate anchor() {
    ForgedCertificate last = this;
    while (last.issuer != null) {
      last = last.issuer;
    }
    return last.certificate;
  }

  /**
   * Makes an identity directory of it: {@code tls.crt}, {@code tls.key} and {@code ca.crt}.
   *
   * @throws IOException if it cannot be written
   */
  public void writeTo(Path directory) throws IOException {
    PrivateDirectory.create(directory);
    new FileSet(directory)
        .put("ca.crt", text(pem(List.of(anchor()))), Rights.PUBLIC)
        .put("tls.key", text(Pem.write("PRIVATE KEY", privateKey().getEncoded())), Rights.SECRET)
        .put("tls.crt", text(pem(chain())), Rights.PUBLIC)
        .replace();
  }

  static String pem(List<X509Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      try {
        text.append(Pem.write("CERTIFICATE", certificate.getEncoded()));
      } catch (CertificateEncodingException e) {
        throw new IllegalStateException("a certificate that was parsed has an encoding", e);
      }
    }
    return text.toString();
  }

  private static byte[] text(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }
}
