package dev.countersign.assessment;

import dev.countersign.assessment.HostileCertificate.Maker;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Certificates that prove nothing: of the wrong authority, out of their time, for another use, broken. */
final class CertificateChecks {
  private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
  private static final int DIGITAL_SIGNATURE = 1 << 7;
  private static final int KEY_ENCIPHERMENT = 1 << 5;
  private static final int CERTIFICATE_SIGN = 1 << 2;
  private static final int WEAK_RSA_BITS = 1024;
  private static final int LONG_CHAIN = 300;
  private static final int MANY_NAMES = 6000;

  private final List<Check> checks = new ArrayList<>();

  private CertificateChecks() {}

  static List<Check> all() {
    CertificateChecks checks = new CertificateChecks();
    checks.checks.add(new NoCertificate());
    checks.addIssuers();
    checks.addTimes();
    checks.addUses();
    checks.addAlgorithms();
    checks.addChains();
    return checks.checks;
  }

  private void add(
      String name, Severity severity, String tries, String source, String remedy, Maker maker) {
    checks.add(new HostileCertificate(
        About.of(name, Group.TRUST, severity)
            .tries("A call with " + tries + ".")
            .safe("There is no connection, or the call is denied.")
            .source(source)
            .remedy(remedy),
        maker));
  }

  private void addIssuers() {
    String remedy = "Verify the chain to the trust anchors of this service and to no others.";
    add(
        "self-signed",
        Severity.CRITICAL,
        "a self-signed certificate that names the allowed identity",
        "RFC 5280 section 6.1",
        remedy,
        attack -> ClientIdentity.of(attack.forgery().like(attack.allowed()).selfSigned()));
    add(
        "unknown-authority",
        Severity.CRITICAL,
        "a certificate of an unknown authority that names the allowed identity",
        "RFC 5280 section 6.1",
        remedy,
        attack -> ClientIdentity.of(
            attack.forgery().like(attack.allowed()).issuedBy(attack.forgery().rogue())));
    add(
        "twin-authority",
        Severity.CRITICAL,
        "a certificate of an authority that has the trusted one's name and another key",
        "RFC 5280 section 6.1.3 (a)(1)",
        remedy,
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .issuedBy(attack.forgery().twin(attack.allowed()))));
    add(
        "stolen-certificate",
        Severity.CRITICAL,
        "the allowed identity's certificate and the key of somebody else",
        "RFC 8446 section 4.4.3 (CertificateVerify)",
        "Use a TLS library that verifies the handshake's signature.",
        attack ->
            attack.allowed().withKey(attack.forgery().unnamed().selfSigned().privateKey()));
    add(
        "broken-signature",
        Severity.CRITICAL,
        "a certificate whose signature was changed",
        "RFC 5280 section 6.1.3 (a)(1)",
        remedy,
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .brokenSignature()
            .issuedBy(attack.forgery().issuer())));
    add(
        "issued-by-leaf",
        Severity.CRITICAL,
        "a certificate that another workload's certificate issued",
        "RFC 5280 section 6.1.4 (k)",
        "Accept only authorities as issuers.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .issuedBy(attack
                .forgery()
                .like(attack.allowed())
                .issuedBy(attack.forgery().issuer()))));
    add(
        "foreign-trust-domain",
        Severity.CRITICAL,
        "the allowed identity's path in a trust domain that the authority may not issue for",
        "gRFC A87; RFC 5280 section 4.2.1.10",
        "Choose the anchors by the trust domain of the leaf.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .unnamed()
            .spiffe(SpiffeText.withDomain(Forgery.idOf(attack.allowed()), "foreign.example"))
            .issuedBy(attack.forgery().issuer())));
  }

  private void addTimes() {
    add(
        "expired",
        Severity.HIGH,
        "a certificate that expired a minute ago",
        "RFC 5280 section 6.1.3 (a)(2)",
        "Verify the validity of every certificate in the chain.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .notAfter(attack.clock().instant().minus(Duration.ofMinutes(1)))
            .issuedBy(attack.forgery().issuer())));
    add(
        "not-yet-valid",
        Severity.MEDIUM,
        "a certificate that is valid from tomorrow",
        "RFC 5280 section 6.1.3 (a)(2)",
        "Verify the validity of every certificate in the chain.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .notBefore(attack.clock().instant().plus(Duration.ofDays(1)))
            .notAfter(attack.clock().instant().plus(Duration.ofDays(2)))
            .issuedBy(attack.forgery().issuer())));
  }

  private void addUses() {
    String source = "X509-SVID section 4.4; RFC 5280 section 4.2.1.12";
    String remedy = "Require the extended key usage clientAuth.";
    add(
        "server-certificate",
        Severity.HIGH,
        "a certificate for servers only",
        source,
        remedy,
        attack -> ClientIdentity.of(attack
            .forgery()
            .forge()
            .leaf()
            .spiffe(Forgery.idOf(attack.allowed()))
            .server()
            .issuedBy(attack.forgery().issuer())));
    add(
        "code-signing-certificate",
        Severity.HIGH,
        "a certificate for signing code",
        source,
        remedy,
        attack -> ClientIdentity.of(attack
            .forgery()
            .forge()
            .leaf()
            .spiffe(Forgery.idOf(attack.allowed()))
            .use(CODE_SIGNING)
            .issuedBy(attack.forgery().issuer())));
    add(
        "no-extended-use",
        Severity.LOW,
        "a certificate that says nothing about its use",
        source,
        remedy,
        attack -> ClientIdentity.of(attack
            .forgery()
            .forge()
            .leaf()
            .spiffe(Forgery.idOf(attack.allowed()))
            .issuedBy(attack.forgery().issuer())));
    add(
        "no-digital-signature",
        Severity.MEDIUM,
        "a certificate whose key may encipher keys and not sign",
        "X509-SVID section 4.3; RFC 5280 section 4.2.1.3",
        "Require the key usage digitalSignature.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .keyUsage(KEY_ENCIPHERMENT)
            .issuedBy(attack.forgery().issuer())));
    add(
        "authority-as-client",
        Severity.HIGH,
        "a certificate that is an authority",
        "X509-SVID section 5.2",
        "Refuse leaves with CA:TRUE.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .authority(-1)
            .keyUsage(DIGITAL_SIGNATURE)
            .issuedBy(attack.forgery().issuer())));
    add(
        "signing-client",
        Severity.HIGH,
        "a leaf whose key may sign certificates",
        "X509-SVID section 4.3",
        "Refuse leaves with keyCertSign or cRLSign.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .keyUsage(DIGITAL_SIGNATURE | CERTIFICATE_SIGN)
            .issuedBy(attack.forgery().issuer())));
    add(
        "unknown-critical-extension",
        Severity.MEDIUM,
        "a certificate with a critical extension that nobody knows",
        "RFC 5280 section 4.2",
        "Refuse critical extensions that are not understood.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .unknownCriticalExtension()
            .issuedBy(attack.forgery().issuer())));
  }

  private void addAlgorithms() {
    add(
        "rsa-1024",
        Severity.HIGH,
        "a certificate with an RSA key of 1024 bits",
        "NIST SP 800-131A; CA/Browser Forum BR section 6.1.5",
        "Refuse RSA below 2048 bits, whatever the platform's default is.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .keys(rsa(WEAK_RSA_BITS))
            .issuedBy(attack.forgery().issuer())));
    add(
        "sha-1",
        Severity.HIGH,
        "a certificate that was signed with SHA-1",
        "RFC 9155; NIST SP 800-131A",
        "Refuse signatures with SHA-1, whatever the platform's default is.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .signatureAlgorithm(
                attack.forgery().issuer().privateKey().getAlgorithm().equals("RSA")
                    ? "SHA1withRSA"
                    : "SHA1withECDSA")
            .issuedBy(attack.forgery().issuer())));
  }

  private static KeyPair rsa(int bits) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private void addChains() {
    add(
        "bad-leaf-first",
        Severity.CRITICAL,
        "a self-signed certificate of ours before the allowed identity's own chain",
        "RFC 8446 section 4.4.2",
        "Read the identity from the certificate that was verified, the first.",
        attack -> {
          ClientIdentity own =
              ClientIdentity.of(attack.forgery().like(attack.allowed()).selfSigned());
          List<X509Certificate> chain = new ArrayList<>(own.chain());
          chain.addAll(attack.allowed().chain());
          return own.withChain(chain);
        });
    add(
        "path-too-long",
        Severity.HIGH,
        "a leaf of an authority that was issued below one that may only issue leaves",
        "RFC 5280 section 6.1.4 (l), (m)",
        "Verify path lengths.",
        attack -> ClientIdentity.of(attack
            .forgery()
            .like(attack.allowed())
            .issuedBy(attack
                .forgery()
                .forge()
                .intermediate("CN=countersign assess intermediate")
                .issuedBy(attack.forgery().issuer()))));
    add(
        "long-chain",
        Severity.MEDIUM,
        "300 certificates",
        "CWE-400; RFC 8446 section 4.4.2",
        "Bound the certificates of a chain and their bytes.",
        attack -> attack
            .allowed()
            .withChain(Collections.nCopies(LONG_CHAIN, attack.allowed().leaf())));
    add(
        "many-names",
        Severity.MEDIUM,
        "6000 names in a leaf",
        "CWE-400",
        "Bound the bytes of a chain.",
        attack -> {
          var draft = attack.forgery().like(attack.allowed());
          for (int i = 0; i < MANY_NAMES; i++) {
            draft.dns("host-" + i + ".example");
          }
          return ClientIdentity.of(draft.issuedBy(attack.forgery().issuer()));
        });
  }
}
