package dev.countersign.credentials;

import static dev.countersign.credentials.HandClock.START;
import static dev.countersign.credentials.Zoo.ID;
import static dev.countersign.credentials.Zoo.presented;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.DnsName;
import dev.countersign.identity.Principal;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x509.KeyUsage;

/** An attack: what is accepted, what is refused when one thing about it is changed, and why. */
record ZooCase(String name, Reason reason, Attempt good, Attempt bad) {
  private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
  private static final String MAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
  private static final String ANY_USE = "2.5.29.37.0";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String POLICY_CONSTRAINTS = "2.5.29.36";
  private static final Duration DAY = Duration.ofDays(1);

  /** A verification. */
  @FunctionalInterface
  interface Attempt {
    void run() throws Exception;
  }

  /** Makes the cases, all in one zoo. */
  private static final class Collector {
    final Zoo zoo = new Zoo();
    final ForgedCertificate good = zoo.good();
    final TrustState trust = zoo.trust();
    final List<ZooCase> cases = new ArrayList<>();

    void add(String name, Reason reason, Attempt accepted, Attempt refused) {
      cases.add(new ZooCase(name, reason, accepted, refused));
    }

    void leaf(String name, Reason reason, ForgedCertificate bad) {
      chain(name, reason, bad.chain());
    }

    void chain(String name, Reason reason, List<X509Certificate> bad) {
      add(name, reason, verifies(trust, good), () -> trust.verify(presented(bad), Role.CLIENT));
    }

    CertificateDraft unnamed() {
      return zoo.forge.leaf().clientAndServer();
    }
  }

  static List<ZooCase> all() throws Exception {
    Collector collector = new Collector();
    issuers(collector);
    times(collector);
    uses(collector);
    names(collector);
    algorithms(collector);
    chains(collector);
    revocation(collector);
    return collector.cases;
  }

  private static Attempt verifies(TrustState trust, ForgedCertificate leaf) {
    return () -> trust.verify(presented(leaf), Role.CLIENT);
  }

  private static void issuers(Collector to) {
    Zoo zoo = to.zoo;
    to.leaf("self-signed", Reason.UNTRUSTED_ISSUER, zoo.leaf().selfSigned());
    to.leaf("unknown authority", Reason.UNTRUSTED_ISSUER, zoo.leaf().issuedBy(zoo.partner));
    ForgedCertificate twin = zoo.forge.root("CN=Zoo root").selfSigned();
    to.leaf("twin root", Reason.UNTRUSTED_ISSUER, zoo.leaf().issuedBy(twin));
    to.leaf(
        "twin of the intermediate",
        Reason.BAD_SIGNATURE,
        zoo.leaf().signedBy(twin.privateKey()).issuedBy(zoo.issuing));
    to.leaf(
        "flipped bit", Reason.BAD_SIGNATURE, zoo.leaf().brokenSignature().issuedBy(zoo.issuing));
    to.leaf("issued by a leaf", Reason.NOT_AN_AUTHORITY, zoo.leaf().issuedBy(zoo.good()));
    ForgedCertificate tooDeep = zoo.forge.intermediate("CN=Too deep").issuedBy(zoo.issuing);
    to.leaf("path too long", Reason.NOT_AN_AUTHORITY, zoo.leaf().issuedBy(tooDeep));
    ForgedCertificate noSigner = zoo.forge
        .intermediate("CN=May not sign")
        .keyUsage(KeyUsage.digitalSignature)
        .issuedBy(zoo.root);
    to.leaf(
        "authority without keyCertSign", Reason.NOT_AN_AUTHORITY, zoo.leaf().issuedBy(noSigner));
    ForgedCertificate leafAnchor = zoo.forge.leaf().subject("CN=Leaf anchor").selfSigned();
    to.add(
        "anchor that is no authority",
        Reason.NOT_AN_AUTHORITY,
        verifies(to.trust, to.good),
        verifies(zoo.trusting(leafAnchor), zoo.leaf().issuedBy(leafAnchor)));
    TrustState federated = TrustState.of(zoo.federatedAnchors(), zoo.clock);
    ForgedCertificate partners =
        zoo.forge.leaf().spiffe("spiffe://partner.example/a").client().issuedBy(zoo.partner);
    to.add(
        "federated authority names a workload of ours",
        Reason.UNTRUSTED_ISSUER,
        verifies(federated, partners),
        verifies(federated, zoo.leaf().issuedBy(zoo.partner)));
    to.add(
        "federated authority names a subject",
        Reason.UNTRUSTED_ISSUER,
        verifies(federated, partners),
        verifies(federated, to.unnamed().subject("CN=a").issuedBy(zoo.partner)));
    to.add(
        "our authority names a workload of a federated domain",
        Reason.UNTRUSTED_ISSUER,
        verifies(federated, to.good),
        verifies(
            federated, to.unnamed().spiffe("spiffe://partner.example/a").issuedBy(zoo.issuing)));
    to.leaf(
        "unknown trust domain",
        Reason.UNKNOWN_TRUST_DOMAIN,
        to.unnamed().spiffe("spiffe://other.example/a").issuedBy(zoo.issuing));
    to.leaf(
        "trust domain with a dot at its end",
        Reason.BAD_NAME,
        to.unnamed().spiffe("spiffe://example.org./a").issuedBy(zoo.issuing));
  }

  private static void times(Collector to) {
    Zoo zoo = to.zoo;
    to.leaf(
        "expired",
        Reason.EXPIRED,
        zoo.leaf().notAfter(START.minusSeconds(1)).issuedBy(zoo.issuing));
    to.leaf(
        "not yet valid",
        Reason.NOT_YET_VALID,
        zoo.leaf().notBefore(START.plusSeconds(1)).issuedBy(zoo.issuing));
    to.leaf(
        "expired intermediate",
        Reason.EXPIRED,
        zoo.leaf()
            .issuedBy(zoo.forge
                .intermediate("CN=Old")
                .notAfter(START.minusSeconds(1))
                .issuedBy(zoo.root)));
    ForgedCertificate oldRoot =
        zoo.forge.root("CN=Old root").notAfter(START.minusSeconds(1)).selfSigned();
    ForgedCertificate newRoot =
        zoo.forge.root("CN=Old root").keys(oldRoot.keys()).selfSigned();
    ForgedCertificate leaf = zoo.leaf().issuedBy(oldRoot);
    to.add(
        "expired anchor",
        Reason.UNTRUSTED_ISSUER,
        verifies(zoo.trusting(oldRoot, newRoot), leaf),
        verifies(zoo.trusting(oldRoot), leaf));
  }

  private static void uses(Collector to) {
    Zoo zoo = to.zoo;
    CertificateDraft[] wrong = {
      zoo.forge.leaf().spiffe(ID.name()),
      zoo.forge.leaf().spiffe(ID.name()).server(),
      zoo.forge.leaf().spiffe(ID.name()).use(CODE_SIGNING),
      zoo.forge.leaf().spiffe(ID.name()).use(MAIL_PROTECTION),
      zoo.forge.leaf().spiffe(ID.name()).use(ANY_USE),
      zoo.leaf().keyUsage(KeyUsage.keyEncipherment),
      zoo.leaf().without(KEY_USAGE)
    };
    for (int i = 0; i < wrong.length; i++) {
      to.leaf("wrong use " + i, Reason.WRONG_USE, wrong[i].issuedBy(zoo.issuing));
    }
    to.leaf("authority as a leaf", Reason.NOT_A_LEAF, zoo.leaf().authority(-1).issuedBy(zoo.root));
    to.leaf(
        "leaf that may sign certificates",
        Reason.NOT_A_LEAF,
        zoo.leaf()
            .keyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign)
            .issuedBy(zoo.issuing));
    to.leaf(
        "leaf that may sign revocation lists",
        Reason.NOT_A_LEAF,
        zoo.leaf().keyUsage(KeyUsage.digitalSignature | KeyUsage.cRLSign).issuedBy(zoo.issuing));
    to.leaf(
        "unknown critical extension",
        Reason.UNKNOWN_EXTENSION,
        zoo.leaf().unknownCriticalExtension().issuedBy(zoo.issuing));
    byte[] requireExplicitPolicy = {0x30, 3, (byte) 0x80, 1, 0};
    to.leaf(
        "policy is required and none is named",
        Reason.INVALID_PATH,
        zoo.leaf()
            .issuedBy(zoo.forge
                .intermediate("CN=Policies")
                .extension(POLICY_CONSTRAINTS, true, requireExplicitPolicy)
                .issuedBy(zoo.root)));
  }

  private static void names(Collector to) {
    Zoo zoo = to.zoo;
    to.leaf(
        "two URI names",
        Reason.BAD_NAME,
        zoo.leaf().uri("https://example.org/").issuedBy(zoo.issuing));
    to.leaf(
        "no readable name",
        Reason.BAD_NAME,
        to.unnamed().rawNames(new byte[] {0x30, 0}).issuedBy(zoo.issuing));
    ForgedCertificate constrained = zoo.forge
        .intermediate("CN=Only example.org")
        .permittedUriHost("example.org")
        .issuedBy(zoo.root);
    TrustState anyDomain = TrustState.of(
        new TrustAnchors(null, List.of(zoo.root.certificate()), java.util.Map.of()), zoo.clock);
    for (String outside : List.of("other.example", "sub.example.org", "org", "xexample.org")) {
      to.add(
          "name constraint and " + outside,
          Reason.NAME_NOT_PERMITTED,
          verifies(anyDomain, zoo.leaf().issuedBy(constrained)),
          verifies(
              anyDomain, to.unnamed().spiffe("spiffe://" + outside + "/a").issuedBy(constrained)));
    }
    ForgedCertificate server =
        zoo.leaf().dns("Localhost").dns("*.example.org").issuedBy(zoo.issuing);
    to.add(
        "another server",
        Reason.UNEXPECTED_PEER,
        expecting(zoo, server, ID),
        expecting(zoo, server, Zoo.DOMAIN.id("other")));
    to.add(
        "server's wildcard",
        Reason.UNEXPECTED_PEER,
        expecting(zoo, server, DnsName.parse("localhost")),
        expecting(zoo, server, DnsName.parse("a.example.org")));
    to.add(
        "server's common name",
        Reason.UNEXPECTED_PEER,
        expecting(zoo, server, DnsName.parse("localhost")),
        expecting(
            zoo,
            zoo.leaf().subject("CN=localhost").issuedBy(zoo.issuing),
            DnsName.parse("localhost")));
    TrustState federated = TrustState.of(zoo.federatedAnchors(), zoo.clock);
    to.add(
        "server of another trust domain under a DNS name of ours",
        Reason.UNEXPECTED_PEER,
        expecting(federated, server, DnsName.parse("localhost")),
        expecting(federated, partners(zoo), DnsName.parse("localhost")));
    to.add(
        "server of another trust domain by its DNS name",
        Reason.UNEXPECTED_PEER,
        expecting(federated, partners(zoo), Zoo.OTHER_DOMAIN.id("x")),
        expecting(federated, partners(zoo), DnsName.parse("localhost")));
  }

  private static ForgedCertificate partners(Zoo zoo) {
    return zoo.forge
        .leaf()
        .spiffe(Zoo.OTHER_DOMAIN.id("x").name())
        .dns("localhost")
        .clientAndServer()
        .issuedBy(zoo.partner);
  }

  private static Attempt expecting(Zoo zoo, ForgedCertificate server, Principal expected) {
    return expecting(zoo.trust(), server, expected);
  }

  private static Attempt expecting(TrustState trust, ForgedCertificate server, Principal expected) {
    X509Certificate[] chain = server.chain().toArray(X509Certificate[]::new);
    return () -> PeerTrustManager.forServers(() -> trust, Set.of(expected))
        .checkServerTrusted(chain, "GENERIC");
  }

  private static void algorithms(Collector to) throws Exception {
    Zoo zoo = to.zoo;
    weak(to, "RSA-1024", keys("RSA", new RSAKeyGenParameterSpec(1024, RSAKeyGenParameterSpec.F4)));
    weak(to, "P-521", keys("EC", new ECGenParameterSpec("secp521r1")));
    weak(to, "Ed25519", KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
    KeyPair rsa = keys("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4));
    ForgedCertificate rsaRoot = zoo.forge.root("CN=RSA root").keys(rsa).selfSigned();
    TrustState trust = zoo.trusting(rsaRoot);
    for (String algorithm : List.of("SHA1withRSA", "SHA1withRSAandMGF1", "SHA224withRSA")) {
      to.add(
          algorithm,
          Reason.WEAK_ALGORITHM,
          verifies(trust, zoo.leaf().signatureAlgorithm("SHA256withRSAandMGF1").issuedBy(rsaRoot)),
          verifies(trust, zoo.leaf().signatureAlgorithm(algorithm).issuedBy(rsaRoot)));
    }
    ForgedCertificate weakRoot = zoo.forge
        .root("CN=Weak root")
        .keys(keys("RSA", new RSAKeyGenParameterSpec(1024, RSAKeyGenParameterSpec.F4)))
        .selfSigned();
    to.add(
        "anchor with a weak key",
        Reason.WEAK_ALGORITHM,
        verifies(trust, zoo.leaf().issuedBy(rsaRoot)),
        verifies(zoo.trusting(weakRoot), zoo.leaf().issuedBy(weakRoot)));
  }

  private static void weak(Collector to, String name, KeyPair keys) {
    to.leaf(name, Reason.WEAK_ALGORITHM, to.zoo.leaf().keys(keys).issuedBy(to.zoo.issuing));
  }

  private static KeyPair keys(String kind, AlgorithmParameterSpec shape) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
    generator.initialize(shape);
    return generator.generateKeyPair();
  }

  private static void chains(Collector to) throws Exception {
    Zoo zoo = to.zoo;
    X509Certificate leaf = to.good.certificate();
    X509Certificate issuing = zoo.issuing.certificate();
    X509Certificate stranger = zoo.leaf().selfSigned().certificate();
    to.chain("nothing", Reason.NO_CERTIFICATE, List.of());
    to.chain("no intermediate", Reason.UNTRUSTED_ISSUER, List.of(leaf));
    to.chain("intermediate first", Reason.UNTRUSTED_ISSUER, List.of(issuing, leaf));
    to.chain(
        "bad leaf before a good chain", Reason.NOT_AN_AUTHORITY, List.of(stranger, leaf, issuing));
    to.chain("junk behind a good chain", Reason.UNTRUSTED_ISSUER, List.of(leaf, issuing, stranger));
    to.chain("the leaf twice", Reason.NOT_AN_AUTHORITY, List.of(leaf, leaf, issuing));
    to.chain("300 certificates", Reason.CHAIN_TOO_LARGE, Collections.nCopies(300, leaf));
    CertificateDraft large = to.unnamed();
    for (int i = 0; i < 6000; i++) {
      large.uri("spiffe://example.org/" + i);
    }
    to.leaf("6000 names", Reason.CHAIN_TOO_LARGE, large.issuedBy(zoo.issuing));
    to.add(
        "PEM where DER is expected",
        Reason.UNREADABLE_CERTIFICATE,
        verifies(to.trust, to.good),
        () -> to.trust.verify(
            PresentedChain.of(
                new RawCertificate(dev.countersign.pem.Pem.write("CERTIFICATE", leaf.getEncoded())
                    .getBytes(StandardCharsets.US_ASCII))),
            Role.CLIENT));
  }

  private static void revocation(Collector to) throws Exception {
    Zoo zoo = to.zoo;
    X509Certificate leaf = to.good.certificate();
    String ofRoot = ForgedCrl.of(zoo.root, START);
    String ofIssuing = ForgedCrl.of(zoo.issuing, START);
    Attempt good = verifies(zoo.trustWith(ofRoot, ofIssuing), to.good);
    List<TrustState> revoked = List.of(
        zoo.trustWith(ofRoot, ForgedCrl.of(zoo.issuing, START, leaf)),
        zoo.trustWith(ForgedCrl.of(zoo.root, START, zoo.issuing.certificate()), ofIssuing),
        zoo.trustWith(ofRoot, ofIssuing, ForgedCrl.of(zoo.issuing, START.minus(DAY), leaf)));
    for (TrustState trust : revoked) {
      to.add("revoked " + revoked.indexOf(trust), Reason.REVOKED, good, verifies(trust, to.good));
    }
    Duration tooLate = DAY.plus(RevocationLists.GRACE).plusSeconds(1);
    Duration tooEarly = RevocationLists.EARLY.plusSeconds(1);
    List<TrustState> unknown = List.of(
        zoo.trustWith(ofRoot),
        zoo.trustWith(ofIssuing),
        zoo.trustWith(ofRoot, ForgedCrl.of(zoo.issuing, START.minus(tooLate))),
        zoo.trustWith(ofRoot, ForgedCrl.of(zoo.issuing, START.plus(tooEarly))),
        zoo.trustWith(ofRoot, ForgedCrl.of(zoo.issuing, zoo.root.privateKey(), START)));
    for (TrustState trust : unknown) {
      to.add(
          "no usable list " + unknown.indexOf(trust),
          Reason.REVOCATION_UNKNOWN,
          good,
          verifies(trust, to.good));
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
