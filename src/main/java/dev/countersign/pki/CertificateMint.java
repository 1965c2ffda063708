package dev.countersign.pki;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.Authority.Holder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The three kinds of certificates of an authority, with everything that RFC 5280 section 4.2 and X509-SVID section 4 ask
 * for and nothing that a requester could choose.
 */
final class CertificateMint {
  /** Peers whose clock is behind take a new certificate all the same. */
  static final Duration BACKDATED = Duration.ofMinutes(5);

  private static final Duration ROOT_LIFETIME = Duration.ofDays(3650);
  private static final Duration INTERMEDIATE_LIFETIME = Duration.ofDays(1825);
  private static final int MAX_NAME_PART = 64;

  private final TrustDomain trustDomain;
  private final Instant now;

  CertificateMint(TrustDomain trustDomain, Instant now) {
    this.trustDomain = trustDomain;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
  }

  /** A new root with an intermediate that may issue within the trust domain and these DNS domains. */
  Authority authority(int generation, KeyAlgorithm algorithm, List<DnsName> dnsDomains) {
    KeyPair rootKeys = algorithm.generate();
    X509Certificate root = root(rootKeys);
    KeyPair keys = algorithm.generate();
    X509Certificate intermediate =
        intermediate(keys.getPublic(), new Holder(root, rootKeys.getPrivate()), dnsDomains);
    return new Authority(
        generation,
        new Holder(root, rootKeys.getPrivate()),
        new Holder(intermediate, keys.getPrivate()));
  }

  private X509Certificate root(KeyPair keys) {
    BigInteger serial = Serials.next();
    X500Principal subject = subject("root", serial);
    JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
        subject,
        serial,
        Date.from(now.minus(BACKDATED)),
        Date.from(now.plus(ROOT_LIFETIME)),
        subject,
        keys.getPublic());
    return sign(builder, keys.getPrivate(), () -> {
      authorityExtensions(builder, keys.getPublic(), keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    });
  }

  private X509Certificate intermediate(PublicKey key, Holder root, List<DnsName> dnsDomains) {
    BigInteger serial = Serials.next();
    JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
        root.certificate().getSubjectX500Principal(),
        serial,
        Date.from(now.minus(BACKDATED)),
        Date.from(now.plus(INTERMEDIATE_LIFETIME)),
        subject("issuing", serial),
        key);
    return sign(builder, root.key(), () -> {
      authorityExtensions(builder, key, root.certificate().getPublicKey());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      GeneralSubtree[] permitted = permitted(dnsDomains);
      if (permitted.length > 0) {
        builder.addExtension(Extension.nameConstraints, true, new NameConstraints(permitted, null));
      }
    });
  }

  /**
   * A leaf for a key.
   *
   * @param notAfter when it ends; the caller has seen to it that the issuer lives longer
   */
  X509Certificate leaf(IdentityRequest request, PublicKey key, Holder issuer, Instant notAfter) {
    JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
        issuer.certificate().getSubjectX500Principal(),
        Serials.next(),
        Date.from(now.minus(BACKDATED)),
        Date.from(notAfter),
        // Not a common name: some validators read a host into it when there is no DNS name.
        new X500Principal("OU=" + request.name() + ",O=" + organization()),
        key);
    return sign(builder, issuer.key(), () -> {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, request.profile().extendedKeyUsage());
      keyIds(builder, key, issuer.certificate().getPublicKey());
      builder.addExtension(Extension.subjectAlternativeName, false, names(request));
    });
  }

  private static GeneralNames names(IdentityRequest request) {
    List<GeneralName> names = new ArrayList<>();
    request
        .spiffeId()
        .ifPresent(
            id -> names.add(new GeneralName(GeneralName.uniformResourceIdentifier, id.name())));
    for (DnsName host : request.dnsNames()) {
      names.add(new GeneralName(GeneralName.dNSName, host.name()));
    }
    for (InetAddress address : request.addresses()) {
      names.add(new GeneralName(GeneralName.iPAddress, address.getHostAddress()));
    }
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  /** The names that the intermediate may certify; a kind that is not listed is not limited (RFC 5280 4.2.1.10). */
  private GeneralSubtree[] permitted(List<DnsName> dnsDomains) {
    List<GeneralSubtree> permitted = new ArrayList<>();
    if (canConstrain(trustDomain)) {
      permitted.add(new GeneralSubtree(
          new GeneralName(GeneralName.uniformResourceIdentifier, trustDomain.name())));
    }
    for (DnsName domain : dnsDomains) {
      permitted.add(new GeneralSubtree(new GeneralName(GeneralName.dNSName, domain.name())));
    }
    return permitted.toArray(GeneralSubtree[]::new);
  }

  /**
   * Whether a URI constraint can name a trust domain: validators, the JDK's first, take only what is a host name without
   * an underscore, and refuse every certificate below a constraint that is not.
   */
  static boolean canConstrain(TrustDomain trustDomain) {
    try {
      return trustDomain.name().indexOf('_') < 0
          && DnsName.parse(trustDomain.name()).name().equals(trustDomain.name());
    } catch (IdentityException e) {
      return false;
    }
  }

  private void authorityExtensions(
      JcaX509v3CertificateBuilder builder, PublicKey key, PublicKey issuer)
      throws IOException, GeneralSecurityException {
    builder.addExtension(
        Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    keyIds(builder, key, issuer);
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(
            GeneralName.uniformResourceIdentifier, "spiffe://" + trustDomain.name())));
  }

  private static void keyIds(JcaX509v3CertificateBuilder builder, PublicKey key, PublicKey issuer)
      throws IOException, GeneralSecurityException {
    JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
    builder.addExtension(
        Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(key));
    builder.addExtension(
        Extension.authorityKeyIdentifier, false, ids.createAuthorityKeyIdentifier(issuer));
  }

  /** A name of its own for each authority, so that no two with one name and different keys ever meet. */
  private X500Principal subject(String role, BigInteger serial) {
    return new X500Principal(
        "CN=" + role + " " + serial.toString(16).substring(0, 8) + ",O=" + organization());
  }

  private String organization() {
    String name = trustDomain.name();
    return name.substring(0, Math.min(name.length(), MAX_NAME_PART));
  }

  /** Adds the extensions of a certificate. */
  private interface Extensions {
    void add() throws IOException, GeneralSecurityException;
  }

  private static X509Certificate sign(
      JcaX509v3CertificateBuilder builder, PrivateKey key, Extensions extensions) {
    try {
      extensions.add();
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(
              new JcaContentSignerBuilder(KeyAlgorithm.signatureFor(key)).build(key)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("this JDK cannot sign a certificate", e);
    }
  }
}
