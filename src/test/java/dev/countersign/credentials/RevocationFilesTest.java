package dev.countersign.credentials;

import static dev.countersign.credentials.HandClock.START;
import static dev.countersign.credentials.Zoo.presented;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.KeyMaterial.Reload;
import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Revocation lists in one file or in a directory, of one issuer or several. */
final class RevocationFilesTest {
  @TempDir
  private Path directory;

  private final Zoo zoo = new Zoo();
  private final HandDrivenExecutor executor = new HandDrivenExecutor();
  private final List<Reload> reloads = new ArrayList<>();
  private final ForgedCertificate own = zoo.good();
  private final ForgedCertificate peer = zoo.good();
  private Path lists;

  @BeforeEach
  void writesIdentity() throws Exception {
    own.writeTo(directory);
    lists = Files.createDirectory(directory.resolve("crls"));
  }

  @AfterEach
  void endsExecutor() {
    executor.shutdownNow();
  }

  @Test
  void allFilesOfADirectoryCountAndTheRestOfItDoesNot() throws Exception {
    KeyMaterial material = open(lists);
    assertThatCode(() -> verify(material)).doesNotThrowAnyException();

    Files.writeString(lists.resolve(".draft.swp"), "not a list");
    Files.createDirectory(lists.resolve("older"));
    executor.tick();
    assertThat(reloads).isEmpty();

    Files.writeString(lists.resolve("root.pem"), list(zoo.root));
    executor.tick();
    assertThat(refusal(material))
        .as("now there are lists, and none of the issuing authority")
        .isEqualTo(Reason.REVOCATION_UNKNOWN);

    Files.writeString(lists.resolve("issuing.pem"), list(zoo.issuing));
    executor.tick();
    assertThatCode(() -> verify(material)).doesNotThrowAnyException();

    Files.writeString(lists.resolve("issuing.pem"), list(zoo.issuing, peer.certificate()));
    executor.tick();
    assertThat(refusal(material)).isEqualTo(Reason.REVOKED);
    assertThat(reloads).hasSize(3).allMatch(Reload::accepted);
  }

  @Test
  void hundredThousandEntriesRefuseWhomTheyNameAndNobodyElse() throws Exception {
    List<BigInteger> serials = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      serials.add(BigInteger.ONE.shiftLeft(100).add(BigInteger.valueOf(31L * i)));
    }
    Path file = lists.resolve("all.pem");
    Files.writeString(file, list(zoo.root) + ForgedCrl.ofSerials(zoo.issuing, START, serials));
    KeyMaterial material = open(lists);
    assertThatCode(() -> verify(material)).doesNotThrowAnyException();

    serials.add(peer.certificate().getSerialNumber());
    Files.writeString(file, list(zoo.root) + ForgedCrl.ofSerials(zoo.issuing, START, serials));
    executor.tick();

    assertThat(refusal(material)).isEqualTo(Reason.REVOKED);
    assertThatCode(() -> material.trust().verify(presented(zoo.good()), Role.CLIENT))
        .doesNotThrowAnyException();
  }

  @Test
  void brokenFileKeepsTheListsInUseAndAnEmptiedDirectoryDoesToo() throws Exception {
    Files.writeString(lists.resolve("root.pem"), list(zoo.root));
    Files.writeString(lists.resolve("issuing.pem"), list(zoo.issuing, peer.certificate()));
    KeyMaterial material = open(lists);
    assertThat(refusal(material)).isEqualTo(Reason.REVOKED);

    Files.writeString(lists.resolve("issuing.pem"), "torn");
    executor.tick();
    Files.delete(lists.resolve("issuing.pem"));
    Files.delete(lists.resolve("root.pem"));
    executor.tick();

    assertThat(refusal(material)).isEqualTo(Reason.REVOKED);
    assertThat(reloads).hasSize(2).noneMatch(Reload::accepted);
    assertThat(reloads.get(1).message()).contains("crls\" is gone (the one in use stays)");
  }

  @Test
  void listsOfTomorrowAndOfYesterdayAreNotTakenUpWhileThoseInUseAreGood() throws Exception {
    Path root = lists.resolve("root.pem");
    Path issuing = lists.resolve("issuing.pem");
    Files.writeString(root, list(zoo.root));
    Files.writeString(issuing, list(zoo.issuing));
    KeyMaterial material = open(lists);
    assertThatCode(() -> verify(material)).doesNotThrowAnyException();

    Instant ahead = START.plus(RevocationLists.EARLY);
    Files.writeString(issuing, ForgedCrl.of(zoo.issuing, ahead));
    executor.tick();
    assertThatCode(() -> verify(material)).doesNotThrowAnyException();

    Instant tomorrow = ahead.plusSeconds(60);
    Files.writeString(issuing, ForgedCrl.of(zoo.issuing, tomorrow, peer.certificate()));
    executor.tick();
    Files.writeString(root, ForgedCrl.of(zoo.root, START.minus(Duration.ofDays(3))));
    executor.tick();

    assertThatCode(() -> verify(material)).doesNotThrowAnyException();
    assertThat(reloads)
        .extracting(Reload::accepted)
        .as("ahead, tomorrow, tomorrow and yesterday")
        .containsExactly(true, false, false);
    assertThat(reloads.get(1).message())
        .startsWith("kept the previous key material (")
        .endsWith("revocation list of \"CN=Zoo issuing\" cannot be used: it begins " + tomorrow
            + " (this host's clock says " + START + "); the one in use is good");
    assertThat(reloads.get(2).message())
        .contains("\"CN=Zoo issuing\" cannot be used: it begins ")
        .contains("\"CN=Zoo root\" cannot be used: it ended ");

    Files.writeString(root, list(zoo.root));
    zoo.clock.advance(Duration.ofSeconds(60));
    executor.tick();

    assertThat(refusal(material)).isEqualTo(Reason.REVOKED);
    assertThat(reloads).last().extracting(Reload::accepted).isEqualTo(true);
  }

  @Test
  void listsThatAreOutOfDateFollowThoseThatAreToo() throws Exception {
    Path file = lists.resolve("all.pem");
    Instant yesterday = START.minus(Duration.ofDays(1));
    Files.writeString(file, list(zoo.root) + ForgedCrl.of(zoo.issuing, yesterday));
    KeyMaterial material = open(lists);
    assertThatCode(() -> verify(material)).doesNotThrowAnyException();
    zoo.clock.advance(RevocationLists.GRACE.plusSeconds(1));
    assertThat(refusal(material)).isEqualTo(Reason.REVOCATION_UNKNOWN);

    Files.writeString(
        file, list(zoo.root) + ForgedCrl.of(zoo.issuing, yesterday, peer.certificate()));
    executor.tick();

    assertThat(refusal(material)).isEqualTo(Reason.REVOKED);
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(true);
  }

  @Test
  void revokedIntermediateRefusesWhatItIssued() throws Exception {
    Files.writeString(lists.resolve("all.pem"), list(zoo.root) + list(zoo.issuing));
    KeyMaterial material = open(lists);
    assertThatCode(() -> verify(material)).doesNotThrowAnyException();

    Files.writeString(
        lists.resolve("all.pem"), list(zoo.root, zoo.issuing.certificate()) + list(zoo.issuing));
    executor.tick();

    assertThat(refusal(material)).isEqualTo(Reason.REVOKED);
  }

  @Test
  void saysSoWhenTheListRevokesOurselves() throws Exception {
    Files.writeString(lists.resolve("all.pem"), list(zoo.root) + list(zoo.issuing));
    KeyMaterial material = open(lists);

    Files.writeString(
        lists.resolve("all.pem"), list(zoo.root) + list(zoo.issuing, own.certificate()));
    executor.tick();

    assertThat(material.credential().chain().get(0)).isEqualTo(own.certificate());
    assertThat(reloads).singleElement().satisfies(reload -> {
      assertThat(reload.accepted()).isFalse();
      assertThat(reload.message())
          .startsWith("took up new trust and kept the previous certificate (")
          .contains("was revoked; peers with this list refuse us");
    });
    assertThat(catchThrowableOfType(
                KeyMaterialException.class,
                () -> new KeyMaterialLoader(new FileSource(files(lists)), Role.SERVER, zoo.clock)
                    .load())
            .problems())
        .extracting(KeyMaterialException.Problem::reason)
        .containsExactly(KeyMaterialException.Reason.REVOKED);

    zoo.good().writeTo(directory);
    executor.tick();
    assertThat(reloads).last().extracting(Reload::accepted).isEqualTo(true);
    assertThat(material.credential().chain().get(0)).isNotEqualTo(own.certificate());
  }

  @Test
  void revokedReplacementOfOurCertificateIsNotTakenUp() throws Exception {
    ForgedCertificate revoked = zoo.good();
    Files.writeString(
        lists.resolve("all.pem"), list(zoo.root) + list(zoo.issuing, revoked.certificate()));
    KeyMaterial material = open(lists);

    revoked.writeTo(directory);
    executor.tick();

    assertThat(material.credential().chain().get(0)).isEqualTo(own.certificate());
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(false);
  }

  private KeyMaterial open(Path crl) throws Exception {
    KeyMaterial material =
        FileKeyMaterial.open(files(crl), Role.SERVER, Duration.ofSeconds(1), zoo.clock, executor);
    material.onReload(reloads::add);
    return material;
  }

  private IdentityFiles files(Path crl) {
    return new IdentityFiles(
        directory.resolve("tls.crt"),
        directory.resolve("tls.key"),
        directory.resolve("ca.crt"),
        crl,
        Map.of());
  }

  private void verify(KeyMaterial material) throws Exception {
    material.trust().verify(presented(peer), Role.CLIENT);
  }

  private Reason refusal(KeyMaterial material) {
    return catchThrowableOfType(PeerRefusedException.class, () -> verify(material))
        .reason();
  }

  private static String list(ForgedCertificate authority, X509Certificate... revoked)
      throws Exception {
    return ForgedCrl.of(authority, START.minusSeconds(1), revoked);
  }
}
