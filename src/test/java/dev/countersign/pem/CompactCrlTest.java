package dev.countersign.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.pem.PemException.Reason;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
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
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void readsWhatAListSaysItIsAboutAndRefusesAContradiction() throws Exception {
    assertThat(scope(true, false)).isEqualTo(CompactCrl.Scope.LEAVES);
    assertThat(scope(false, true)).isEqualTo(CompactCrl.Scope.AUTHORITIES);

    ASN1Primitive both = ASN1Primitive.fromByteArray(HexFormat.of().parseHex("30068101ff8201ff"));
    assertThat(refused(Extension.issuingDistributionPoint, true, both)).contains(Reason.BAD_CRL);
  }

  @Test
  void refusesAKeyIdentifierThatIsNoSequence() throws Exception {
    assertThat(refused(Extension.authorityKeyIdentifier, false, new DERSequence()))
        .isEmpty();
    assertThat(refused(Extension.authorityKeyIdentifier, false, new DERSet()))
        .contains(Reason.BAD_CRL);
  }

  /** RFC 5280 section 5.1.2.1: what has extensions says that it is of version 2. */
  @Test
  void refusesExtensionsInAListOfVersionOne() throws Exception {
    JcaX509v2CRLBuilder plain = builder();
    plain.addCRLEntry(BigInteger.TEN, NOW, 0);
    assertThat(refusal(asVersionOne(sign(plain)))).isEmpty();

    JcaX509v2CRLBuilder ofEntry = builder();
    ofEntry.addCRLEntry(BigInteger.TEN, NOW, CRLReason.keyCompromise);
    assertThat(refusal(sign(ofEntry))).isEmpty();
    assertThat(refusal(asVersionOne(sign(ofEntry)))).contains(Reason.BAD_CRL);

    JcaX509v2CRLBuilder ofList = builder();
    ofList.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.TEN));
    assertThat(refusal(sign(ofList))).isEmpty();
    assertThat(refusal(asVersionOne(sign(ofList)))).contains(Reason.BAD_CRL);
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

  @ParameterizedTest
  @CsvSource({"SHA-1, false", "SHA-224, false", "SHA-256, true", "SHA-512, true"})
  void acceptsPssWithStrongDigestsOnly(String digest, boolean accepted) throws Exception {
    KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    byte[] der = signByPss(builder(), rsa.getPrivate(), digest);
    CompactCrl list = CompactCrl.parse("crl", der);

    if (accepted) {
      list.verify(rsa.getPublic());
    } else {
      assertThat(verdict(der, rsa)).isEqualTo(Reason.BAD_SIGNATURE);
    }
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

  private static IssuingDistributionPoint only(boolean leaves, boolean authorities) {
    return new IssuingDistributionPoint(null, leaves, authorities, null, false, false);
  }

  private CompactCrl.Scope scope(boolean leaves, boolean authorities) throws Exception {
    JcaX509v2CRLBuilder builder = builder();
    builder.addExtension(Extension.issuingDistributionPoint, true, only(leaves, authorities));
    return CompactCrl.parse("crl", sign(builder)).scope();
  }

  /** The same list without its version; the signature is not looked at before it is verified. */
  private static byte[] asVersionOne(byte[] der) throws Exception {
    ASN1Sequence list = ASN1Sequence.getInstance(der);
    ASN1Encodable[] fields = ASN1Sequence.getInstance(list.getObjectAt(0)).toArray();
    return new DERSequence(new ASN1Encodable[] {
          new DERSequence(Arrays.copyOfRange(fields, 1, fields.length)),
          list.getObjectAt(1),
          list.getObjectAt(2)
        })
        .getEncoded();
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

  /** With a digest of any kind, which Bouncy Castle's signers do not take. */
  private static byte[] signByPss(JcaX509v2CRLBuilder builder, PrivateKey key, String digest)
      throws Exception {
    PSSParameterSpec spec =
        new PSSParameterSpec(digest, "MGF1", new MGF1ParameterSpec(digest), 20, 1);
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
    parameters.init(spec);
    AlgorithmIdentifier algorithm = new AlgorithmIdentifier(
        PKCSObjectIdentifiers.id_RSASSA_PSS, ASN1Primitive.fromByteArray(parameters.getEncoded()));
    ASN1Encodable list = ASN1Sequence.getInstance(
            builder.build(new Unsigned(algorithm)).getEncoded())
        .getObjectAt(0);
    Signature signature = Signature.getInstance("RSASSA-PSS");
    signature.setParameter(spec);
    signature.initSign(key);
    signature.update(list.toASN1Primitive().getEncoded(ASN1Encoding.DER));
    return new DERSequence(
            new ASN1Encodable[] {list, algorithm, new DERBitString(signature.sign())})
        .getEncoded();
  }

  /** Names an algorithm and leaves the signature to others. */
  private record Unsigned(AlgorithmIdentifier getAlgorithmIdentifier) implements ContentSigner {
    @Override
    public OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public byte[] getSignature() {
      return new byte[0];
    }
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
