package dev.countersign.pem;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import dev.countersign.pki.CertificateForge;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;

/** {@link PemCertificates}: what was read is written and read again, and nothing but its own exception is thrown. */
public final class CertificatesTarget implements Target {
  @Override
  public void read(byte[] input) throws Exception {
    List<X509Certificate> certificates;
    try {
      certificates = PemCertificates.parse("input", input);
    } catch (PemException e) {
      Claims.message(e.getMessage());
      return;
    }
    Claims.that(!certificates.isEmpty(), "there is at least one certificate");
    StringBuilder written = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      written.append(Pem.write("CERTIFICATE", certificate.getEncoded()));
    }
    List<X509Certificate> again =
        PemCertificates.parse("written", written.toString().getBytes(StandardCharsets.US_ASCII));
    Claims.same(again.size(), certificates.size(), "as many certificates as were written");
    for (int i = 0; i < again.size(); i++) {
      Claims.that(
          Arrays.equals(again.get(i).getEncoded(), certificates.get(i).getEncoded()),
          "a certificate comes back byte by byte");
    }
  }

  @Override
  public List<byte[]> seeds() throws Exception {
    byte[] der = CertificateForge.at(InstantSource.system())
        .leaf()
        .spiffe("spiffe://example.org/a")
        .dns("a.example")
        .clientAndServer()
        .selfSigned()
        .certificate()
        .getEncoded();
    String pem = Pem.write("CERTIFICATE", der);
    return List.of(
        der,
        pem.getBytes(StandardCharsets.US_ASCII),
        (pem + pem).getBytes(StandardCharsets.US_ASCII));
  }
}
