package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemPrivateKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SignatureException;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateForgeTest {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  private static final String ID = "spiffe://example.org/ns/demo/sa/server";

  private final CertificateForge forge = CertificateForge.at(InstantSource.fixed(NOW));
  private final ForgedCertificate root = forge.root("CN=Test root").selfSigned();
  private final ForgedCertificate issuing =
      forge.intermediate("CN=Test issuing").issuedBy(root);

  @TempDir
  private Path directory;

  @Test
  void leafIsRightUnlessAskedOtherwise() throws Exception {
    ForgedCertificate leaf = forge.leaf().spiffe(ID).clientAndServer().issuedBy(issuing);

    JdkValidator.validate(leaf.chain(), root.certificate(), NOW);
    assertThat(CertificateNames.of(leaf.certificate())).containsExactly(SpiffeId.parse(ID));
    assertThat(leaf.chain()).containsExactly(leaf.certificate(), issuing.certificate());
    assertThat(leaf.anchor()).isEqualTo(root.certificate());
  }

  @Test
  void brokenSignatureDoesNotVerify() throws Exception {
    CertificateDraft draft = forge.leaf().spiffe(ID);
    draft.issuedBy(issuing).certificate().verify(issuing.certificate().getPublicKey());

    assertThatThrownBy(() -> draft
            .brokenSignature()
            .issuedBy(issuing)
            .certificate()
            .verify(issuing.certificate().getPublicKey()))
        .isInstanceOf(SignatureException.class);
  }

  @Test
  void writesIdentityDirectory() throws Exception {
    ForgedCertificate leaf = forge.leaf().spiffe(ID).client().issuedBy(issuing);

    leaf.writeTo(directory.resolve("client"));

    Path made = directory.resolve("client");
    assertThat(PemCertificates.parse("chain", Files.readAllBytes(made.resolve("tls.crt"))))
        .isEqualTo(leaf.chain());
    assertThat(PemCertificates.parse("anchors", Files.readAllBytes(made.resolve("ca.crt"))))
        .containsExactly(root.certificate());
    assertThat(KeyMatch.matches(
            PemPrivateKey.parse("key", Files.readAllBytes(made.resolve("tls.key"))),
            leaf.certificate().getPublicKey()))
        .isTrue();
  }
}
