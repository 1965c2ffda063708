package dev.countersign.pki;

import dev.countersign.pem.Pem;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Revocation lists of any kind for tests: each holds for a day unless a test says otherwise. */
public final class ForgedCrl {
  private ForgedCrl() {}

  /** A list in PEM of the authority's own. */
  public static String of(ForgedCertificate authority, Instant from, X509Certificate... revoked)
      throws Exception {
    return of(authority, authority.privateKey(), from, revoked);
  }

  /** A list in PEM that another key signed. */
  public static String of(
      ForgedCertificate authority, PrivateKey signer, Instant from, X509Certificate... revoked)
      throws Exception {
    return of(
        authority,
        signer,
        from,
        Stream.of(revoked).map(X509Certificate::getSerialNumber).toList());
  }

  /** A list in PEM of the authority's own, of serial numbers. */
  public static String ofSerials(
      ForgedCertificate authority, Instant from, List<BigInteger> serials) throws Exception {
    return of(authority, authority.privateKey(), from, serials);
  }

  private static String of(
      ForgedCertificate authority, PrivateKey signer, Instant from, List<BigInteger> serials)
      throws Exception {
    X509v2CRLBuilder builder = new X509v2CRLBuilder(
        X500Name.getInstance(authority.certificate().getSubjectX500Principal().getEncoded()),
        Date.from(from));
    builder.setNextUpdate(Date.from(from.plus(Duration.ofDays(1))));
    serials.forEach(serial -> builder.addCRLEntry(serial, Date.from(from), 0));
    return Pem.write(
        "X509 CRL",
        builder
            .build(new JcaContentSignerBuilder(KeyAlgorithm.signatureFor(signer)).build(signer))
            .getEncoded());
  }
}
