package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.pem.Pem;
import dev.countersign.pki.CertificateFinding.Reason;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CertificateLintTest {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  private static final String ID = "spiffe://example.org/a";

  private final CertificateForge forge = CertificateForge.at(InstantSource.fixed(NOW));
  private final ForgedCertificate root = forge.root("CN=Root").selfSigned();
  private final ForgedCertificate issuing = forge.intermediate("CN=Issuing").issuedBy(root);

  @Test
  void findsNothingWrongWithGoodLeafAndGoodAnchors() {
    assertThat(lint(good().issuedBy(issuing).chain())).isEmpty();
    assertThat(lint(List.of(root.certificate()))).isEmpty();
  }

  @Test
  void findsEachWrongThingAndOnlyThat() {
    Map<Reason, CertificateDraft> wrong = new TreeMap<>(Map.of(
        Reason.EXPIRED, good().notAfter(NOW.minusSeconds(1)),
        Reason.NOT_YET_VALID, good().notBefore(NOW.plusSeconds(1)),
        Reason.LONG_LIFETIME, good().notAfter(NOW.plus(Duration.ofDays(31))),
        Reason.NO_TLS_USE, forge.leaf().spiffe(ID).use("1.3.6.1.5.5.7.3.8"),
        Reason.AUTHORITY_AS_LEAF, good().keyUsage(128 | 4),
        Reason.NO_DIGITAL_SIGNATURE, good().keyUsage(8),
        Reason.BAD_NAMES, good().uri("spiffe://example.org/b"),
        Reason.NO_SPIFFE_ID, forge.leaf().dns("a.example").client(),
        Reason.UNCONSTRAINABLE_TRUST_DOMAIN,
            forge.leaf().spiffe("spiffe://a_b/c").client(),
        Reason.BAD_SERIAL, good().serial(BigInteger.ONE)));
    wrong.put(
        Reason.WEAK_KEY,
        good()
            .keys(KeyAlgorithm.generate(
                "RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4))));
    wrong.put(Reason.WEAK_SIGNATURE, good().signatureAlgorithm("SHA1withECDSA"));

    wrong.forEach((reason, draft) ->
        assertThat(lint(draft.issuedBy(issuing).chain())).as(reason.name()).containsOnly(reason));

    Set<Reason> chainReasons = EnumSet.of(
        Reason.UNREADABLE,
        Reason.PRIVATE_KEY_IN_FILE,
        Reason.CHAIN_ORDER,
        Reason.ISSUER_IS_NO_AUTHORITY,
        Reason.ROOT_IN_CHAIN);
    assertThat(EnumSet.complementOf(EnumSet.copyOf(wrong.keySet()))).isEqualTo(chainReasons);
  }

  @Test
  void findsWhatIsWrongWithTheChain() {
    X509Certificate leaf = good().issuedBy(issuing).certificate();

    assertThat(lint(List.of(leaf, issuing.certificate(), root.certificate())))
        .containsExactly(Reason.ROOT_IN_CHAIN);
    ForgedCertificate other = forge.intermediate("CN=Other").issuedBy(root);
    assertThat(lint(List.of(leaf, other.certificate()))).containsExactly(Reason.CHAIN_ORDER);
    ForgedCertificate above = good().subject("CN=Leaf above").issuedBy(issuing);
    assertThat(lint(List.of(good().issuedBy(above).certificate(), above.certificate())))
        .containsExactly(Reason.ISSUER_IS_NO_AUTHORITY);
  }

  @Test
  void findsPrivateKeyAmongCertificatesWithoutShowingIt() {
    ForgedCertificate leaf = good().issuedBy(issuing);
    String key = Pem.write("PRIVATE KEY", leaf.privateKey().getEncoded());
    byte[] file = (ForgedCertificate.pem(leaf.chain()) + key).getBytes(StandardCharsets.US_ASCII);

    List<CertificateFinding> findings = CertificateLint.of("file", file, NOW);

    assertThat(findings)
        .extracting(CertificateFinding::reason)
        .containsExactly(Reason.PRIVATE_KEY_IN_FILE);
    assertThat(findings.toString())
        .doesNotContain(key.lines().skip(1).findFirst().orElseThrow());
  }

  @Test
  void saysSoWhenTheFileCannotBeRead() {
    assertThat(CertificateLint.of("file", new byte[] {1, 2, 3}, NOW))
        .extracting(CertificateFinding::reason)
        .containsExactly(Reason.UNREADABLE);
  }

  private CertificateDraft good() {
    return forge.leaf().spiffe(ID).clientAndServer();
  }

  private static List<Reason> lint(List<X509Certificate> chain) {
    byte[] file = ForgedCertificate.pem(chain).getBytes(StandardCharsets.US_ASCII);
    return CertificateLint.of("file", file, NOW).stream()
        .map(CertificateFinding::reason)
        .toList();
  }
}
