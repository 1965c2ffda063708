package dev.countersign.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.pem.PemException.Reason;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.ReasonFlags;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CompactCrlTest {
  private static final Date NOW = Date.from(Instant.parse("2026-11-22T08:00:00Z"));
  private static final Date LATER = Date.from(Instant.parse("2026-11-29T08:00:00Z"));
  private static final X500Principal ISSUER = new X500Principal("CN=issuing,O=example.org");
  private static final ASN1ObjectIdentifier UNKNOWN =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.55555.1");

  private KeyPair keys;

  @BeforeEach
  void makesKeys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    keys = generator.generateKeyPair();
  }

  @Test
  void saysTheSameAsTheJdkForSerialsOfEveryLength() throws Exception {
    Random random = new Random(7);
    JcaX509v2CRLBuilder builder = builder();
    for (int i = 0; i < 2_000; i++) {
      BigInteger serial = new BigInteger(1 + random.nextInt(159), random).add(BigInteger.ONE);
      builder.addCRLEntry(
          serial, Date.from(NOW.toInstant().minusSeconds(i)), CRLReason.keyCompromise);
    }
    byte[] der = sign(builder);
    X509CRL oracle = (X509CRL)
        CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));

    CompactCrl list = CompactCrl.parse("crl", der);

    assertThat(list.size()).isEqualTo(2_000);
    for (X509CRLEntry entry : oracle.getRevokedCertificates()) {
      BigInteger serial = entry.getSerialNumber();
      assertThat(list.contains(serial)).isTrue();
      BigInteger other = serial.flipBit(0).shiftLeft(1);
      assertThat(list.contains(other)).isEqualTo(oracle.getRevokedCertificate(other) != null);
    }
    assertThat(list.issuer()).isEqualTo(oracle.getIssuerX500Principal());
    assertThat(list.thisUpdate()).isEqualTo(oracle.getThisUpdate().toInstant());
    assertThat(list.nextUpdate()).isEqualTo(oracle.getNextUpdate().toInstant());
    assertThat(list.contains(BigInteger.ZERO)).isFalse();
    assertThat(list.contains(BigInteger.ONE.shiftLeft(500))).isFalse();
  }

  @Test
  void readsPemAndItsParts() throws Exception {
    JcaX509v2CRLBuilder builder = builder();
    builder.addCRLEntry(BigInteger.TEN, NOW, 0);
    builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(42)));
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(keys.getPublic()));
    byte[] pem = Pem.write("X509 CRL", sign(builder)).getBytes(StandardCharsets.US_ASCII);

    CompactCrl list = CompactCrl.parse("crl", pem);

    assertThat(list.number()).isEqualTo(42);
    assertThat(list.authorityKeyId()).hasSize(20);
    assertThat(list.revokedAt(BigInteger.TEN)).contains(NOW.toInstant());
    assertThat(list.revokedAt(BigInteger.ONE)).isEmpty();
    assertThat(list.scope()).isEqualTo(CompactCrl.Scope.ALL);
    list.verify(keys.getPublic());
  }

  @Test
  void refusesSignatureOfAnotherKeyAndOneOverOtherBytes() throws Exception {
    JcaX509v2CRLBuilder builder = builder();
    builder.addCRLEntry(BigInteger.valueOf(0x1234567), NOW, 0);
    byte[] der = sign(builder);
    CompactCrl.parse("crl", der).verify(keys.getPublic());
    KeyPair own = keys;
    makesKeys();

    assertThat(verdict(der, keys)).isEqualTo(Reason.BAD_SIGNATURE);
    byte[] changed = der.clone();
    int at = HexFormat.of().formatHex(der).indexOf("01234567") / 2;
    changed[at + 3] ^= 1;
    assertThat(CompactCrl.parse("crl", changed).contains(BigInteger.valueOf(0x1234566)))
        .isTrue();
    assertThat(verdict(changed, own)).isEqualTo(Reason.BAD_SIGNATURE);
  }

  @Test
  void refusesListsThatSayLessThanTheySeem() throws Exception {
    assertThat(refusal(sign(builder()))).isEmpty();

    assertThat(refused(Extension.deltaCRLIndicator, true, new CRLNumber(BigInteger.ONE)))
        .contains(Reason.DELTA_CRL);
    assertThat(refused(Extension.issuingDistributionPoint, true, point(true, false, null)))
        .contains(Reason.INDIRECT_CRL);
    assertThat(refused(
            Extension.issuingDistributionPoint,
            true,
            point(false, false, new ReasonFlags(ReasonFlags.keyCompromise))))
        .contains(Reason.PARTIAL_CRL);
    assertThat(refused(Extension.issuingDistributionPoint, true, point(false, true, null)))
        .contains(Reason.PARTIAL_CRL);
    assertThat(refused(UNKNOWN, true, DERNull.INSTANCE))
        .contains(Reason.UNKNOWN_CRITICAL_EXTENSION);
    assertThat(refused(UNKNOWN, false, DERNull.INSTANCE)).isEmpty();
  }

  @Test
  void refusesEntriesOfOtherIssuersAndUnknownCriticalOnes() throws Exception {
    GeneralNames other = new GeneralNames(new GeneralName(GeneralName.directoryName, "CN=other"));
    assertThat(refusedEntry(Extension.certificateIssuer, true, other))
        .contains(Reason.INDIRECT_CRL);
    assertThat(refusedEntry(UNKNOWN, true, DERNull.INSTANCE))
        .contains(Reason.UNKNOWN_CRITICAL_EXTENSION);
    assertThat(refusedEntry(UNKNOWN, false, DERNull.INSTANCE)).isEmpty();
  }

  @Test
  void refusesListThatIsCutOffAnywhere() throws Exception {
    JcaX509v2CRLBuilder builder = builder();
    builder.addCRLEntry(BigInteger.TEN, NOW, CRLReason.keyCompromise);
    byte[] der = sign(builder);
    CompactCrl.parse("crl", der);

    for (int length = 1; length < der.length; length++) {
      assertThat(refusal(Arrays.copyOf(der, length)))
          .as("%d bytes", length)
          .contains(Reason.BAD_CRL);
    }
    assertThat(refusal(Arrays.copyOf(der, der.length + 1))).contains(Reason.BAD_CRL);
    assertThat(refusal(new byte[0])).contains(Reason.NO_CRL);
  }

  @Test
  void refusesWeakSignatureAlgorithm() throws Exception {
    byte[] der = builder()
        .build(new JcaContentSignerBuilder("SHA1withECDSA").build(keys.getPrivate()))
        .getEncoded();

    assertThat(refusal(der)).contains(Reason.BAD_SIGNATURE);
  }

  @Test
  void readsSeveralListsOfOneFileInOrder() throws Exception {
    String one = Pem.write("X509 CRL", sign(builder()));
    byte[] two = (one + one).getBytes(StandardCharsets.US_ASCII);

    List<CompactCrl> lists = CompactCrl.parseAll("crl", two);

    assertThat(lists).hasSize(2);
    assertThat(refusal(two)).contains(Reason.NO_CRL);
  }

  private static IssuingDistributionPoint point(
      boolean indirect, boolean attributes, @Nullable ReasonFlags reasons) {
    return new IssuingDistributionPoint(null, false, false, reasons, indirect, attributes);
  }

  private JcaX509v2CRLBuilder builder() {
    JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(ISSUER, NOW);
    builder.setNextUpdate(LATER);
    return builder;
  }

  private byte[] sign(JcaX509v2CRLBuilder builder) throws Exception {
    return builder
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
        .getEncoded();
  }

  private Optional<Reason> refused(ASN1ObjectIdentifier id, boolean critical, ASN1Encodable value)
      throws Exception {
    JcaX509v2CRLBuilder builder = builder();
    builder.addExtension(id, critical, value);
    return refusal(sign(builder));
  }

  private Optional<Reason> refusedEntry(
      ASN1ObjectIdentifier id, boolean critical, ASN1Encodable value) throws Exception {
    JcaX509v2CRLBuilder builder = builder();
    builder.addCRLEntry(
        BigInteger.TEN,
        NOW,
        new Extensions(new Extension(id, critical, value.toASN1Primitive().getEncoded())));
    return refusal(sign(builder));
  }

  private static Optional<Reason> refusal(byte[] bytes) {
    return Optional.ofNullable(
            catchThrowableOfType(PemException.class, () -> CompactCrl.parse("crl", bytes)))
        .map(PemException::reason);
  }

  private static Reason verdict(byte[] der, KeyPair signer) throws PemException {
    CompactCrl list = CompactCrl.parse("crl", der);
    return catchThrowableOfType(PemException.class, () -> list.verify(signer.getPublic()))
        .reason();
  }
}
