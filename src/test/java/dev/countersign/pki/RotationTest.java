package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.PkiException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotationTest {
  private static final TrustDomain DOMAIN = new TrustDomain("example.org");

  @TempDir
  private Path directory;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T08:00:00Z"));
  private CertificateAuthority authority;

  @BeforeEach
  void makesTwoPeers() throws Exception {
    authority =
        CertificateAuthority.init(directory, DOMAIN, List.of(), KeyAlgorithm.ECDSA_P256, clock);
    for (String name : List.of("server", "client")) {
      authority.issue(IdentityRequest.named(name).withSpiffeId(DOMAIN.id(name)));
    }
  }

  @Test
  void peersTrustEachOtherWithWhatTheyHadBeforeAndAfterEachStep() throws Exception {
    for (Rotation.Phase phase : List.of(
        Rotation.Phase.TRUSTING_BOTH, Rotation.Phase.ISSUING_FROM_NEW, Rotation.Phase.STEADY)) {
      MadeIdentity before = identity("server");

      assertThat(authority.rotate().phase()).isEqualTo(phase);

      MadeIdentity after = identity("client");
      // One of them may have loaded its new files while the other has not.
      after.validate(before.anchors(), clock.instant());
      before.validate(after.anchors(), clock.instant());
      after.validate(after.anchors(), clock.instant());
      assertThat(after.anchors()).hasSize(phase == Rotation.Phase.STEADY ? 1 : 2);
    }
    assertThat(directory.resolve("ca/root-1.key")).doesNotExist();
    assertThat(directory.resolve("ca/root-2.key")).exists();
  }

  @Test
  void keysThatACrashLeftOfADroppedRootAreDeletedByTheNextRun() throws Exception {
    Path key = directory.resolve("ca/root-1.key");
    byte[] old = Files.readAllBytes(key);
    authority.rotate();
    authority.rotate();
    assertThat(key).exists();
    authority.rotate();
    assertThat(key).doesNotExist();

    Files.write(key, old);
    authority.apply(Inventory.parse("pki.yaml", """
        trust_domain: example.org
        identities:
          - name: server
            spiffe: spiffe://example.org/server
        """.getBytes(StandardCharsets.UTF_8)));
    assertThat(key).doesNotExist();

    Files.write(key, old);
    authority.rotate();
    assertThat(key).doesNotExist();
    assertThat(directory.resolve("ca/root-2.key")).exists();
    assertThat(directory.resolve("ca/root-3.key")).exists();
  }

  @Test
  void afterAllStepsTheOldCertificatesAreWorthNothing() throws Exception {
    MadeIdentity old = identity("server");
    old.validate(clock.instant());
    authority.rotate();
    authority.rotate();
    authority.rotate();

    MadeIdentity now = identity("server");
    assertThat(now.anchors()).doesNotContainAnyElementsOf(old.anchors());
    assertThat(now.leaf().getPublicKey()).isNotEqualTo(old.leaf().getPublicKey());
  }

  @Test
  void oldRootStaysWhileAnyCertificateNeedsIt() throws Exception {
    byte[] csr = SigningRequests.of(KeyAlgorithm.ECDSA_P256.generate(), "CN=ignored");
    IdentityRequest device = IdentityRequest.named("device").withSpiffeId(DOMAIN.id("device"));
    authority.issueFrom("csr", csr, device);
    authority.rotate();
    assertThat(authority.rotate().left()).containsExactly("device");

    PkiException refusal = catchThrowableOfType(PkiException.class, () -> authority.rotate());
    assertThat(refusal.reason()).isEqualTo(Reason.ROTATION_NOT_READY);
    assertThat(refusal).hasMessageContaining("device");

    authority.issueFrom("csr", csr, device);
    assertThat(authority.rotate().phase()).isEqualTo(Rotation.Phase.STEADY);
  }

  @Test
  void revocationListsFollowTheRoots() throws Exception {
    authority.revoke("client", Optional.empty());
    int one = lists();
    authority.rotate();
    assertThat(lists()).isEqualTo(2 * one);
    authority.rotate();
    authority.rotate();
    assertThat(lists()).isEqualTo(one);
  }

  private int lists() throws Exception {
    return dev.countersign.pem.CompactCrl.parseAll(
            "crl", Files.readAllBytes(directory.resolve("server/crl.pem")))
        .size();
  }

  private MadeIdentity identity(String name) throws Exception {
    return MadeIdentity.in(directory.resolve(name));
  }
}
