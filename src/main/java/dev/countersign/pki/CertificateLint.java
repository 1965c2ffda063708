package dev.countersign.pki;

import dev.countersign.pem.Pem;
import dev.countersign.pem.PemBlock;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pki.CertificateFinding.Reason;
import dev.countersign.pki.CertificateFinding.Severity;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is wrong with a certificate file as an identity here: a leaf, then the intermediates that lead to it. A file of
 * authorities alone is looked at as trust anchors.
 */
public final class CertificateLint {
  private static final String PRIVATE_KEY = "PRIVATE KEY";

  private CertificateLint() {}

  /**
   * The findings, in the order of the file; none if nothing is wrong.
   *
   * @param source what the bytes are, as a finding names it, such as {@code certificate file "tls.crt"}
   * @param file PEM or DER
   * @param now what time it is
   */
  public static List<CertificateFinding> of(String source, byte[] file, Instant now) {
    List<CertificateFinding> findings = new ArrayList<>();
    byte[] certificatesOnly = file;
    try {
      for (PemBlock block : Pem.parse(source, file)) {
        if (block.label().endsWith(PRIVATE_KEY)) {
          findings.add(new CertificateFinding(
              Reason.PRIVATE_KEY_IN_FILE,
              Severity.ERROR,
              source,
              "line " + block.line() + " holds a private key (expected certificates only)"));
          certificatesOnly = withoutKeys(source, file);
        }
      }
      lint(PemCertificates.parse(source, certificatesOnly), now, findings);
    } catch (PemException e) {
      findings.add(new CertificateFinding(
          Reason.UNREADABLE, Severity.ERROR, source, String.valueOf(e.getMessage())));
    }
    return findings;
  }

  private static byte[] withoutKeys(String source, byte[] file) throws PemException {
    StringBuilder kept = new StringBuilder();
    for (PemBlock block : Pem.parse(source, file)) {
      if (!block.label().endsWith(PRIVATE_KEY)) {
        kept.append(Pem.write(block.label(), block.der()));
      }
    }
    return AuthorityDirectory.bytes(kept.toString());
  }

  private static void lint(
      List<X509Certificate> chain, Instant now, List<CertificateFinding> findings) {
    boolean anchors = chain.size() > 0 && chain.stream().allMatch(CertificateLint::isRoot);
    for (int i = 0; i < chain.size(); i++) {
      X509Certificate certificate = chain.get(i);
      CertificateCheck check = new CertificateCheck(certificate, i + 1, now, findings);
      check.common();
      if (i == 0 && !anchors) {
        check.leaf();
      } else {
        check.authority();
      }
      if (i > 0 && !anchors) {
        if (isRoot(certificate)) {
          check.warn(Reason.ROOT_IN_CHAIN, "is a root (peers trust the one they have)");
        }
        if (!issued(certificate, chain.get(i - 1))) {
          check.error(
              Reason.CHAIN_ORDER,
              "did not issue the certificate before it (expected leaf, then intermediates)");
        }
      }
    }
  }

  private static boolean isRoot(X509Certificate certificate) {
    return certificate.getBasicConstraints() >= 0 && issued(certificate, certificate);
  }

  private static boolean issued(X509Certificate issuer, X509Certificate subject) {
    if (!issuer.getSubjectX500Principal().equals(subject.getIssuerX500Principal())) {
      return false;
    }
    try {
      subject.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
