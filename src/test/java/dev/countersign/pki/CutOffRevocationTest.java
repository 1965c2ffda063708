package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.TrustDomain;
import dev.countersign.pem.CompactCrl;
import dev.countersign.pki.PkiException.Reason;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A revocation that a crash or a full disk cut off is finished by doing it again, and by the next apply. */
class CutOffRevocationTest {
  private static final TrustDomain DOMAIN = new TrustDomain("example.org");
  private static final String INVENTORY = """
      trust_domain: example.org
      identities:
        - name: a
          spiffe: spiffe://example.org/a
        - name: b
          spiffe: spiffe://example.org/b
        - name: c
          spiffe: spiffe://example.org/c
      """;

  @TempDir
  private Path directory;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T08:00:00Z"));
  private CertificateAuthority authority;
  private BigInteger revoked;

  @BeforeEach
  void makesThreePeers() throws Exception {
    authority =
        CertificateAuthority.init(directory, DOMAIN, List.of(), KeyAlgorithm.ECDSA_P256, clock);
    authority.apply(inventory());
    revoked = authority.list().get(0).serial();
  }

  @Test
  void isFinishedByRevokingAgainWhenNoListWasSigned() throws Exception {
    rememberOnly();

    assertThat(authority.revoke("a", Optional.empty()))
        .extracting(IssuedCertificate::serial)
        .containsExactly(revoked);
    assertEverybodyKnows();

    assertThat(
            catchThrowableOfType(PkiException.class, () -> authority.revoke("a", Optional.empty()))
                .reason())
        .isEqualTo(Reason.UNKNOWN_SERIAL);
  }

  @Test
  void isFinishedByRevokingAgainWhenTheListWasNotWritten() throws Exception {
    Path list = directory.resolve("ca/crl.pem");
    Path obstacle = Files.createDirectories(list.resolve("obstacle"));
    assertThatThrownBy(() -> authority.revoke("a", Optional.empty()))
        .isInstanceOf(IOException.class);
    Files.delete(obstacle);
    Files.delete(list);

    assertThat(authority.revoke("a", Optional.empty())).hasSize(1);
    assertEverybodyKnows();
  }

  @Test
  void isFinishedByApplyWhenItWasTheFirst() throws Exception {
    rememberOnly();

    authority.apply(inventory());
    assertEverybodyKnows();
  }

  @Test
  void isFinishedByApplyWhenThereWasAListBefore() throws Exception {
    authority.refreshCrl();
    assertThat(list("a").contains(revoked)).isFalse();
    rememberOnly();

    authority.apply(inventory());
    assertEverybodyKnows();
  }

  @Test
  void reachesTheOthersWhenSomeDirectoriesCannotBeWritten() throws Exception {
    List<Path> obstacles =
        List.of(directory.resolve("a/crl.pem/x"), directory.resolve("b/crl.pem/x"));
    for (Path obstacle : obstacles) {
      Files.createDirectories(obstacle);
    }

    PkiException refusal =
        catchThrowableOfType(PkiException.class, () -> authority.revoke("a", Optional.empty()));
    assertThat(refusal.reason()).isEqualTo(Reason.NOT_DELIVERED);
    assertThat(refusal)
        .hasMessageStartingWith("2 of 3 identity directories")
        .hasMessageContaining(directory.resolve("a").toString())
        .hasMessageContaining(directory.resolve("b").toString());
    assertThat(list("c").contains(revoked)).isTrue();

    for (Path obstacle : obstacles) {
      Files.delete(obstacle);
      Files.delete(obstacle.getParent());
    }
    assertThat(authority.revoke("a", Optional.empty())).hasSize(1);
    assertEverybodyKnows();
  }

  /** What is on disk when the process dies between the state and the list. */
  private void rememberOnly() throws Exception {
    AuthorityDirectory own = new AuthorityDirectory(directory);
    own.writeState(own.readState().withRevoked(List.of(revoked), clock.instant()));
  }

  private void assertEverybodyKnows() throws Exception {
    for (String name : List.of("a", "b", "c", "ca")) {
      assertThat(list(name).contains(revoked)).as(name).isTrue();
    }
  }

  private CompactCrl list(String name) throws Exception {
    Path file = directory.resolve(name).resolve("crl.pem");
    return CompactCrl.parseAll(name, Files.readAllBytes(file)).get(0);
  }

  private static Inventory inventory() throws Exception {
    return Inventory.parse("pki.yaml", INVENTORY.getBytes(StandardCharsets.UTF_8));
  }
}
