package dev.countersign.pki;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A certificate that is being forged: each method changes one thing, and nothing is checked. */
public final class CertificateDraft {
  private final Map<ASN1ObjectIdentifier, Extension> extensions = new LinkedHashMap<>();
  private final List<GeneralName> names = new ArrayList<>();
  private final List<KeyPurposeId> uses = new ArrayList<>();
  private final List<GeneralSubtree> permitted = new ArrayList<>();
  private final List<ASN1ObjectIdentifier> left = new ArrayList<>();
  private String subject;
  private KeyPair keys;
  private Instant notBefore;
  private Instant notAfter;
  private BigInteger serial = Serials.next();
  private int keyUsage = KeyUsage.digitalSignature;
  private BasicConstraints constraints = new BasicConstraints(false);
  private @Nullable String signatureAlgorithm;
  private @Nullable PrivateKey signer;
  private boolean brokenSignature;

  CertificateDraft(Instant now, String subject) {
    this.subject = subject;
    this.keys = KeyAlgorithm.ECDSA_P256.generate();
    this.notBefore = now.minus(Duration.ofMinutes(5));
    this.notAfter = now.plus(Duration.ofDays(1));
  }

  /** Another subject; empty for none. */
  public CertificateDraft subject(String name) {
    this.subject = name;
    return this;
  }

  /** Keys of its own choice, such as weak ones or those of another certificate. */
  public CertificateDraft keys(KeyPair pair) {
    this.keys = pair;
    return this;
  }

  /** Keys of a good kind. */
  public CertificateDraft keys(KeyAlgorithm kind) {
    return keys(kind.generate());
  }

  /** A SPIFFE id, or something that only looks like one. */
  public CertificateDraft spiffe(String id) {
    return uri(id);
  }

  /** A URI name, unchecked. */
  public CertificateDraft uri(String uri) {
    return name(GeneralName.uniformResourceIdentifier, uri);
  }

  /** A DNS name, unchecked. */
  public CertificateDraft dns(String host) {
    return name(GeneralName.dNSName, host);
  }

  /** A mail address, unchecked. */
  public CertificateDraft mail(String address) {
    return name(GeneralName.rfc822Name, address);
  }

  /** An IP address. */
  public CertificateDraft ip(String address) {
    return name(GeneralName.iPAddress, address);
  }

  private CertificateDraft name(int kind, String value) {
    names.add(new GeneralName(kind, value));
    return this;
  }

  /** The subject alternative names as these bytes, whatever they are. */
  public CertificateDraft rawNames(byte[] der) {
    return extension(Extension.subjectAlternativeName.getId(), false, der);
  }

  /** For TLS clients. */
  public CertificateDraft client() {
    uses.add(KeyPurposeId.id_kp_clientAuth);
    return this;
  }

  /** For TLS servers. */
  public CertificateDraft server() {
    uses.add(KeyPurposeId.id_kp_serverAuth);
    return this;
  }

  /** For both. */
  public CertificateDraft clientAndServer() {
    return client().server();
  }

  /** An extended key usage by its object identifier. */
  public CertificateDraft use(String oid) {
    uses.add(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid)));
    return this;
  }

  /** The bits of the key usage, as {@code org.bouncycastle.asn1.x509.KeyUsage} has them. */
  public CertificateDraft keyUsage(int bits) {
    this.keyUsage = bits;
    return this;
  }

  /** Without one of the extensions that a draft has, by its object identifier. */
  public CertificateDraft without(String oid) {
    left.add(new ASN1ObjectIdentifier(oid));
    return this;
  }

  /** An authority that may stand above so many others; -1 for any number. */
  public CertificateDraft authority(int pathLength) {
    constraints = pathLength < 0 ? new BasicConstraints(true) : new BasicConstraints(pathLength);
    return keyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign);
  }

  /** An authority only for names below this URI host. */
  public CertificateDraft permittedUriHost(String host) {
    permitted.add(new GeneralSubtree(new GeneralName(GeneralName.uniformResourceIdentifier, host)));
    return this;
  }

  /** An authority only for names below this DNS domain. */
  public CertificateDraft permittedDns(String domain) {
    permitted.add(new GeneralSubtree(new GeneralName(GeneralName.dNSName, domain)));
    return this;
  }

  /** Valid from then on. */
  public CertificateDraft notBefore(Instant instant) {
    this.notBefore = instant;
    return this;
  }

  /** Valid until then. */
  public CertificateDraft notAfter(Instant instant) {
    this.notAfter = instant;
    return this;
  }

  /** A serial number of its own choice. */
  public CertificateDraft serial(BigInteger number) {
    this.serial = number;
    return this;
  }

  /** Signed by this algorithm, such as {@code SHA1withECDSA}. */
  public CertificateDraft signatureAlgorithm(String algorithm) {
    this.signatureAlgorithm = algorithm;
    return this;
  }

  /** Signed by another key than the issuer's. */
  public CertificateDraft signedBy(PrivateKey key) {
    this.signer = key;
    return this;
  }

  /** With a signature that was changed afterwards. */
  public CertificateDraft brokenSignature() {
    this.brokenSignature = true;
    return this;
  }

  /** With an extension of these bytes. */
  public CertificateDraft extension(String oid, boolean critical, byte[] value) {
    ASN1ObjectIdentifier id = new ASN1ObjectIdentifier(oid);
    extensions.put(id, new Extension(id, critical, new DEROctetString(value)));
    return this;
  }

  /** With a critical extension that nobody knows. */
  public CertificateDraft unknownCriticalExtension() {
    return extension("1.3.6.1.4.1.55555.1", true, new byte[] {5, 0});
  }

  /** Issued by itself. */
  public ForgedCertificate selfSigned() {
    return make(null);
  }

  /** Issued by another forged certificate, which need not be an authority. */
  public ForgedCertificate issuedBy(ForgedCertificate issuer) {
    return make(issuer);
  }

  private ForgedCertificate make(@Nullable ForgedCertificate issuer) {
    try {
      KeyPair issuing = issuer == null ? keys : issuer.keys();
      X500Principal holder = new X500Principal(subject);
      addExtensions(issuing);
      JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
          issuer == null ? holder : issuer.certificate().getSubjectX500Principal(),
          serial,
          Date.from(notBefore),
          Date.from(notAfter),
          holder,
          keys.getPublic());
      for (Extension extension : extensions.values()) {
        if (!left.contains(extension.getExtnId())) {
          builder.addExtension(extension);
        }
      }
      PrivateKey key = signer == null ? issuing.getPrivate() : signer;
      String algorithm =
          signatureAlgorithm == null ? KeyAlgorithm.signatureFor(key) : signatureAlgorithm;
      JcaContentSignerBuilder signing = new JcaContentSignerBuilder(algorithm);
      if (algorithm.endsWith("MGF1")) {
        // The JDK knows RSASSA-PSS by another name and parameters.
        signing.setProvider(new BouncyCastleProvider());
      }
      byte[] der = builder.build(signing.build(key)).getEncoded();
      if (brokenSignature) {
        der[der.length - 1] ^= 1;
      }
      X509Certificate certificate = new JcaX509CertificateConverter()
          .getCertificate(new org.bouncycastle.cert.X509CertificateHolder(der));
      return new ForgedCertificate(certificate, keys, issuer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("this certificate cannot be forged", e);
    }
  }

  private void addExtensions(KeyPair issuing) throws IOException, GeneralSecurityException {
    JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
    add(Extension.basicConstraints, true, constraints);
    add(Extension.keyUsage, true, new KeyUsage(keyUsage));
    add(Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(keys.getPublic()));
    add(
        Extension.authorityKeyIdentifier,
        false,
        ids.createAuthorityKeyIdentifier(issuing.getPublic()));
    if (!uses.isEmpty()) {
      add(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(uses.toArray(KeyPurposeId[]::new)));
    }
    if (!names.isEmpty()) {
      add(
          Extension.subjectAlternativeName,
          subject.isEmpty(),
          new GeneralNames(names.toArray(GeneralName[]::new)));
    }
    if (!permitted.isEmpty()) {
      add(
          Extension.nameConstraints,
          true,
          new NameConstraints(permitted.toArray(GeneralSubtree[]::new), null));
    }
  }

  /** Adds an extension unless one of its kind was given as bytes. */
  private void add(ASN1ObjectIdentifier id, boolean critical, ASN1Encodable value)
      throws IOException {
    extensions.putIfAbsent(
        id, new Extension(id, critical, new DEROctetString(value.toASN1Primitive())));
  }
}
