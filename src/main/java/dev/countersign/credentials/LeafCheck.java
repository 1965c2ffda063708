package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.EllipticCurve;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import java.util.Set;

/**
 * What a path validator does not look at: whether the leaf is one (X509-SVID sections 4.3 and 5.2), is for this use
 * (RFC 5280 section 4.2.1.12; a leaf that lists no extended key usage is refused), and whether keys and signatures are
 * of the few kinds that both TLS providers accept. Fails closed.
 */
final class LeafCheck {
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int KEY_CERT_SIGN = 5;
  private static final int CRL_SIGN = 6;
  private static final int MIN_RSA_BITS = 2048;
  private static final Set<EllipticCurve> CURVES = Set.of(curve("secp256r1"), curve("secp384r1"));
  private static final Set<String> SIGNATURES = Set.of(
      "SHA256withECDSA",
      "SHA384withECDSA",
      "SHA512withECDSA",
      "SHA256withRSA",
      "SHA384withRSA",
      "SHA512withRSA");
  private static final String PSS = "RSASSA-PSS";
  private static final Set<String> DIGESTS = Set.of("SHA-256", "SHA-384", "SHA-512");

  private LeafCheck() {}

  static void requireLeafFor(Role role, X509Certificate leaf) throws PeerRefusedException {
    if (leaf.getBasicConstraints() >= 0) {
      throw refused(Reason.NOT_A_LEAF, leaf, "is a certificate of an authority");
    }
    boolean[] usage = leaf.getKeyUsage();
    if (usage != null && (usage[KEY_CERT_SIGN] || usage[CRL_SIGN])) {
      throw refused(Reason.NOT_A_LEAF, leaf, "may sign certificates or revocation lists");
    }
    if (usage == null || !usage[DIGITAL_SIGNATURE]) {
      throw refused(Reason.WRONG_USE, leaf, "does not have the key usage digitalSignature");
    }
    if (!extendedKeyUsages(leaf).contains(role.extendedKeyUsage())) {
      throw refused(
          Reason.WRONG_USE, leaf, "does not list the extended key usage for a " + role.word());
    }
  }

  static void requireStrong(X509Certificate certificate) throws PeerRefusedException {
    String signature = certificate.getSigAlgName();
    if (!SIGNATURES.contains(signature) && !isStrongPss(certificate)) {
      throw refused(
          Reason.WEAK_ALGORITHM,
          certificate,
          "is signed with " + signature
              + " (allowed: ECDSA, RSA or RSASSA-PSS with SHA-256, SHA-384 or SHA-512)");
    }
    requireStrongKey(certificate);
  }

  /** Whether a certificate may be a trust anchor: its own signature means nothing, its key everything. */
  static void requireAuthority(X509Certificate anchor) throws PeerRefusedException {
    boolean[] usage = anchor.getKeyUsage();
    if (anchor.getBasicConstraints() < 0 || (usage != null && !usage[KEY_CERT_SIGN])) {
      throw refused(Reason.NOT_AN_AUTHORITY, anchor, "may not issue certificates");
    }
    requireStrongKey(anchor);
  }

  /** RSASSA-PSS is a name for any digest, SHA-1 too; the parameters say which (RFC 4055 section 3.1). */
  private static boolean isStrongPss(X509Certificate certificate) {
    if (!certificate.getSigAlgName().equals(PSS)) {
      return false;
    }
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance(PSS);
      parameters.init(certificate.getSigAlgParams());
      return DIGESTS.contains(
          parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm());
    } catch (GeneralSecurityException | IOException e) {
      return false;
    }
  }

  private static void requireStrongKey(X509Certificate certificate) throws PeerRefusedException {
    PublicKey key = certificate.getPublicKey();
    if (key instanceof RSAPublicKey rsa && key.getAlgorithm().equals("RSA")) {
      int bits = rsa.getModulus().bitLength();
      if (bits < MIN_RSA_BITS) {
        throw refused(
            Reason.WEAK_ALGORITHM,
            certificate,
            "has an RSA key of " + bits + " bits (at least " + MIN_RSA_BITS + ")");
      }
    } else if (!(key instanceof ECPublicKey ec)
        || !CURVES.contains(ec.getParams().getCurve())) {
      throw refused(
          Reason.WEAK_ALGORITHM,
          certificate,
          "has a key of kind " + key.getAlgorithm()
              + " that is not accepted (allowed: ECDSA P-256, ECDSA P-384, RSA)");
    }
  }

  private static EllipticCurve curve(String name) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(name));
      return parameters.getParameterSpec(ECParameterSpec.class).getCurve();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks the curve " + name, e);
    }
  }

  private static List<String> extendedKeyUsages(X509Certificate leaf) throws PeerRefusedException {
    try {
      List<String> usages = leaf.getExtendedKeyUsage();
      return usages == null ? List.of() : usages;
    } catch (CertificateParsingException e) {
      throw new PeerRefusedException(
          Reason.WRONG_USE,
          "leaf " + CertificateText.serial(leaf) + " has an extended key usage that does not parse",
          e);
    }
  }

  private static PeerRefusedException refused(
      Reason reason, X509Certificate certificate, String problem) {
    return new PeerRefusedException(
        reason,
        "certificate " + CertificateText.serial(certificate) + " of "
            + CertificateText.subject(certificate) + " " + problem);
  }
}
