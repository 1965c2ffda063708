package dev.countersign.pki;

import dev.countersign.pem.Pem;
import dev.countersign.pki.Authority.Holder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The signed list of what an authority took back (RFC 5280 section 5). */
final class RevocationList {
  /** How long a list is good for. Whoever checks must get a new one before that. */
  static final Duration LIFETIME = Duration.ofDays(7);

  private RevocationList() {}

  /** The lists of the intermediate and of the root, in PEM, one after the other. */
  static String pem(
      Authority authority, long number, Instant now, List<IssuedCertificate> revoked) {
    return pem(authority.intermediate(), number, now, revoked)
        + pem(authority.root(), number, now, List.of());
  }

  private static String pem(
      Holder issuer, long number, Instant now, List<IssuedCertificate> revoked) {
    Instant signed = now.truncatedTo(ChronoUnit.SECONDS);
    // As certificates are: a list that has not begun by a reader's clock cuts every peer off.
    JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(
        issuer.certificate(), Date.from(signed.minus(CertificateMint.BACKDATED)));
    builder.setNextUpdate(Date.from(signed.plus(LIFETIME)));
    for (IssuedCertificate certificate : revoked) {
      Instant at = certificate.revokedAt().orElseThrow();
      builder.addCRLEntry(certificate.serial(), Date.from(at), 0);
    }
    try {
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils()
              .createAuthorityKeyIdentifier(issuer.certificate().getPublicKey()));
      builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)));
      String algorithm = KeyAlgorithm.signatureFor(issuer.key());
      return Pem.write(
          "X509 CRL",
          builder
              .build(new JcaContentSignerBuilder(algorithm).build(issuer.key()))
              .getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("this JDK cannot sign a revocation list", e);
    }
  }
}
