package dev.countersign.pki;

import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateFinding.Reason;
import dev.countersign.pki.CertificateFinding.Severity;
import dev.countersign.text.Quoted;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The checks of one certificate. */
final class CertificateCheck {
  private static final Duration LONGEST_LEAF = Duration.ofDays(30);
  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";
  private static final String SERVER = "1.3.6.1.5.5.7.3.1";
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int KEY_CERT_SIGN = 5;
  private static final int CRL_SIGN = 6;
  private static final int MAX_SERIAL_BITS = 159;
  private static final int MIN_SERIAL_BITS = 64;
  private static final Set<String> SIGNATURES = Set.of(
      "SHA256WITHECDSA",
      "SHA384WITHECDSA",
      "SHA512WITHECDSA",
      "SHA256WITHRSA",
      "SHA384WITHRSA",
      "SHA512WITHRSA",
      "RSASSA-PSS");

  private final X509Certificate certificate;
  private final String subject;
  private final Instant now;
  private final List<CertificateFinding> findings;

  CertificateCheck(
      X509Certificate certificate, int place, Instant now, List<CertificateFinding> findings) {
    this.certificate = certificate;
    this.now = now;
    this.findings = findings;
    this.subject =
        "certificate " + place + " (serial " + certificate.getSerialNumber().toString(16) + ")";
  }

  void error(Reason reason, String problem) {
    findings.add(new CertificateFinding(reason, Severity.ERROR, subject, problem));
  }

  void warn(Reason reason, String problem) {
    findings.add(new CertificateFinding(reason, Severity.WARNING, subject, problem));
  }

  /** What holds for leaves and authorities alike. */
  void common() {
    Instant notBefore = certificate.getNotBefore().toInstant();
    Instant notAfter = certificate.getNotAfter().toInstant();
    if (now.isAfter(notAfter)) {
      error(Reason.EXPIRED, "expired " + notAfter + " (now " + now + ")");
    }
    if (now.isBefore(notBefore)) {
      error(Reason.NOT_YET_VALID, "is not valid before " + notBefore + " (now " + now + ")");
    }
    KeyStrength.problemOf(certificate.getPublicKey())
        .ifPresent(problem -> error(Reason.WEAK_KEY, "has a key that " + problem));
    if (!SIGNATURES.contains(certificate.getSigAlgName().toUpperCase(Locale.ROOT))) {
      error(
          Reason.WEAK_SIGNATURE,
          "is signed with " + Quoted.of(certificate.getSigAlgName())
              + " (accepted: ECDSA or RSA with SHA-256 or better)");
    }
    int bits = certificate.getSerialNumber().bitLength();
    if (certificate.getSerialNumber().signum() <= 0 || bits > MAX_SERIAL_BITS) {
      error(
          Reason.BAD_SERIAL,
          "has a serial number that is not positive or is longer than 20 bytes (RFC 5280 section"
              + " 4.1.2.2)");
    } else if (bits < MIN_SERIAL_BITS / 2) {
      warn(
          Reason.BAD_SERIAL,
          "has a serial number of " + bits + " bits, which can be guessed (expected 64 or more)");
    }
  }

  /** What holds for a workload's certificate (X509-SVID sections 2 to 4). */
  void leaf() {
    if (certificate.getBasicConstraints() >= 0 || mayUse(KEY_CERT_SIGN) || mayUse(CRL_SIGN)) {
      error(
          Reason.AUTHORITY_AS_LEAF,
          "may sign certificates or revocation lists (a leaf may not, X509-SVID section 4.3)");
    }
    if (!mayUse(DIGITAL_SIGNATURE)) {
      error(Reason.NO_DIGITAL_SIGNATURE, "lacks the key usage digitalSignature");
    }
    List<String> uses = extendedKeyUsage();
    if (!uses.contains(CLIENT) && !uses.contains(SERVER)) {
      error(
          Reason.NO_TLS_USE,
          "is for neither TLS clients nor TLS servers (extended key usage clientAuth or serverAuth)");
    }
    Duration life = Duration.between(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
    if (life.compareTo(LONGEST_LEAF) > 0) {
      warn(
          Reason.LONG_LIFETIME,
          "is valid for " + life.toDays() + " days (at most " + LONGEST_LEAF.toDays()
              + " without revocation that everyone checks)");
    }
    names();
  }

  private void names() {
    try {
      List<Principal> principals = CertificateNames.of(certificate);
      if (!(principals.get(0) instanceof SpiffeId id)) {
        warn(Reason.NO_SPIFFE_ID, "has no SPIFFE id (it names " + principals.get(0) + ")");
      } else if (!CertificateMint.canConstrain(id.trustDomain())) {
        warn(
            Reason.UNCONSTRAINABLE_TRUST_DOMAIN,
            "is of trust domain \"" + id.trustDomain()
                + "\", which name constraints cannot name because it is not a host name: its"
                + " authority could issue for any trust domain");
      }
    } catch (IdentityException e) {
      error(Reason.BAD_NAMES, String.valueOf(e.getMessage()));
    }
  }

  /** What holds for those who issue. */
  void authority() {
    if (certificate.getBasicConstraints() < 0 || !mayUse(KEY_CERT_SIGN)) {
      error(
          Reason.ISSUER_IS_NO_AUTHORITY,
          "is not an authority (expected CA and the key usage keyCertSign)");
    }
  }

  /** Whether the key usage names this; without the extension, nothing. */
  private boolean mayUse(int bit) {
    boolean[] usage = certificate.getKeyUsage();
    return usage != null && usage[bit];
  }

  private List<String> extendedKeyUsage() {
    try {
      List<String> uses = certificate.getExtendedKeyUsage();
      return uses == null ? List.of() : uses;
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }
}
