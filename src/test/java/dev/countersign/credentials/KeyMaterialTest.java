package dev.countersign.credentials;

import static dev.countersign.credentials.HandClock.START;
import static dev.countersign.credentials.Zoo.presented;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.KeyMaterial.Reload;
import dev.countersign.pem.Pem;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyMaterialTest {
  private static final Duration EVERY = Duration.ofSeconds(1);

  @TempDir
  private Path directory;

  private final Zoo zoo = new Zoo();
  private final HandDrivenExecutor executor = new HandDrivenExecutor();
  private final List<Reload> reloads = new ArrayList<>();
  private ForgedCertificate first = zoo.good();

  @BeforeEach
  void writesFirst() throws Exception {
    first.writeTo(directory);
  }

  @AfterEach
  void endsExecutor() {
    executor.shutdownNow();
  }

  @Test
  void takesUpANewCertificateAndItsKeyTogether() throws Exception {
    KeyMaterial material = open();
    ForgedCertificate second = zoo.good();

    write("tls.crt", pem(second.chain()));
    executor.tick();
    assertThat(leaf(material)).isEqualTo(first.certificate());
    assertThat(reloads).singleElement().satisfies(reload -> {
      assertThat(reload.accepted()).isFalse();
      assertThat(reload.message()).contains("is not the key of certificate");
    });

    second.writeTo(directory);
    executor.tick();
    assertThat(leaf(material)).isEqualTo(second.certificate());
    assertThat(material.credential().key()).isEqualTo(second.privateKey());
    assertThat(reloads).hasSize(2).last().extracting(Reload::accepted).isEqualTo(true);
    assertThat(material.trust().generation())
        .as("nobody is verified again for it")
        .isEqualTo(1);
  }

  @Test
  void tellsOfNewTrustBeforeAnybodyHearsOfTheReload() throws Exception {
    KeyMaterial material = open();
    List<Object> told = new ArrayList<>();
    material.onReload(told::add);
    material.onTrustChange(() -> told.add(material.trust().generation()));

    write("crl.pem", lists(zoo.good().certificate()));
    executor.tick();
    assertThat(told).hasSize(2).first().isEqualTo(2L);

    zoo.good().writeTo(directory);
    executor.tick();
    assertThat(told).as("a certificate of ours is no news about trust").hasSize(3);
  }

  @Test
  void tellsWhoeverWasForgottenNoMore() throws Exception {
    KeyMaterial material = open();
    List<Reload> told = new ArrayList<>();
    List<Reload> forgotten = new ArrayList<>();
    List<Long> trust = new ArrayList<>();
    Consumer<Reload> listener = forgotten::add;
    Runnable trustListener = () -> trust.add(material.trust().generation());
    material.onReload(listener);
    material.onReload(told::add);
    material.onTrustChange(trustListener);
    write("crl.pem", lists(zoo.good().certificate()));
    executor.tick();
    assertThat(forgotten).hasSize(1);
    assertThat(trust).hasSize(1);

    material.forget(listener);
    material.forget(trustListener);
    write("crl.pem", lists(first.certificate()));
    executor.tick();

    assertThat(told).hasSize(2);
    assertThat(forgotten).hasSize(1);
    assertThat(trust).hasSize(1);
  }

  @Test
  void tellsNothingWhenNothingChanged() throws Exception {
    KeyMaterial material = open();
    TrustState trust = material.trust();
    executor.tick();
    first.writeTo(directory);
    executor.tick();
    assertThat(reloads).isEmpty();
    assertThat(material.trust()).isSameAs(trust);
  }

  @Test
  void keepsWhatIsInUseWhenTheNewContentCannotBeUsed() throws Exception {
    KeyMaterial material = open();
    TrustState trust = material.trust();
    for (String file : List.of("tls.crt", "tls.key", "ca.crt")) {
      write(file, "torn");
      executor.tick();
      Files.delete(directory.resolve(file));
      executor.tick();
    }
    assertThat(leaf(material)).isEqualTo(first.certificate());
    assertThat(material.trust()).isSameAs(trust);
    assertThat(reloads).hasSize(6).noneMatch(Reload::accepted);
  }

  @Test
  void newTrustDoesNotWaitForABrokenCertificate() throws Exception {
    KeyMaterial material = open();
    PresentedChain peer = presented(zoo.leaf().issuedBy(zoo.partner));
    assertThat(refusal(material, peer)).isEqualTo(PeerRefusedException.Reason.UNTRUSTED_ISSUER);

    write("tls.crt", "torn");
    write("ca.crt", pem(List.of(zoo.root.certificate(), zoo.partner.certificate())));
    executor.tick();

    assertThat(material.trust().verify(peer, Role.CLIENT).generation()).isEqualTo(2);
    assertThat(leaf(material)).isEqualTo(first.certificate());
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(false);
  }

  @Test
  void aNewCertificateDoesNotWaitForBrokenTrust() throws Exception {
    KeyMaterial material = open();
    ForgedCertificate second = zoo.good();
    second.writeTo(directory);
    write("ca.crt", "torn");
    executor.tick();
    assertThat(leaf(material)).isEqualTo(second.certificate());
    assertThat(material.trust().anchors()).isEqualTo(zoo.anchors());
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(false);
  }

  @Test
  void aListThatAppearsIsLoadedAndOneThatVanishesStays() throws Exception {
    KeyMaterial material = open();
    ForgedCertificate other = zoo.good();
    PresentedChain peer = presented(other);
    material.trust().verify(peer, Role.CLIENT);

    write("crl.pem", lists(other.certificate()));
    executor.tick();
    assertThat(refusal(material, peer)).isEqualTo(PeerRefusedException.Reason.REVOKED);

    Files.delete(directory.resolve("crl.pem"));
    executor.tick();
    executor.tick();
    assertThat(refusal(material, peer)).isEqualTo(PeerRefusedException.Reason.REVOKED);
    assertThat(reloads).extracting(Reload::accepted).containsExactly(true, false);
    assertThat(reloads.get(1).message()).contains("crl.pem\" is gone");
  }

  @Test
  void anExpiredCertificateOfOursDoesNotHoldUpTrust() throws Exception {
    first = zoo.leaf().notAfter(START.plusSeconds(60)).issuedBy(zoo.issuing);
    first.writeTo(directory);
    KeyMaterial material = open();
    ForgedCertificate other = zoo.good();
    PresentedChain peer = presented(other);
    zoo.clock.advance(Duration.ofHours(1));
    material.trust().verify(peer, Role.CLIENT);

    write("crl.pem", lists(other.certificate()));
    executor.tick();

    assertThat(refusal(material, peer)).isEqualTo(PeerRefusedException.Reason.REVOKED);
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(true);
  }

  @Test
  void aListThatRevokesOurOwnCertificateIsTakenUp() throws Exception {
    KeyMaterial material = open();
    write("crl.pem", lists(first.certificate()));
    executor.tick();
    assertThat(refusal(material, presented(first))).isEqualTo(PeerRefusedException.Reason.REVOKED);
    assertThat(leaf(material)).isEqualTo(first.certificate());
  }

  @Test
  void exchangedAnchorsAreBelievedAtOnce() throws Exception {
    KeyMaterial material = open();
    material.trust().verify(presented(zoo.good()), Role.CLIENT);
    write("ca.crt", pem(List.of(zoo.partner.certificate())));
    executor.tick();
    material.trust().verify(presented(zoo.leaf().issuedBy(zoo.partner)), Role.CLIENT);
    assertThat(refusal(material, presented(zoo.good())))
        .isEqualTo(PeerRefusedException.Reason.UNTRUSTED_ISSUER);
  }

  @Test
  void aCertificateThatWasTooEarlyIsTakenUpInItsTime() throws Exception {
    KeyMaterial material = open();
    ForgedCertificate early = zoo.leaf().notBefore(START.plusSeconds(30)).issuedBy(zoo.issuing);
    early.writeTo(directory);
    executor.tick();
    zoo.clock.advance(Duration.ofSeconds(10));
    executor.tick();
    assertThat(leaf(material)).isEqualTo(first.certificate());
    assertThat(reloads).as("told once").hasSize(1);

    zoo.clock.advance(Duration.ofSeconds(20));
    executor.tick();
    assertThat(leaf(material)).isEqualTo(early.certificate());
  }

  @Test
  void aKeyWhoseRightsWereTooWideIsTakenUpWhenTheyAreRepaired() throws Exception {
    KeyMaterial material = open();
    ForgedCertificate second = zoo.good();
    Path key = directory.resolve("tls.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    write("tls.key", pem("PRIVATE KEY", second.privateKey().getEncoded()));
    write("tls.crt", pem(second.chain()));
    executor.tick();
    assertThat(leaf(material)).isEqualTo(first.certificate());

    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    executor.tick();
    assertThat(leaf(material)).isEqualTo(second.certificate());
  }

  @Test
  void aListenerThatFailsDoesNotSilenceTheOthers() throws Exception {
    Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
    List<Throwable> uncaught = new ArrayList<>();
    Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
    KeyMaterial material = watched();
    material.onReload(reload -> {
      throw new IllegalStateException("listener");
    });
    material.onReload(reloads::add);
    zoo.good().writeTo(directory);
    executor.tick();
    Thread.currentThread().setUncaughtExceptionHandler(before);
    assertThat(reloads).hasSize(1);
    assertThat(uncaught).singleElement().extracting(Throwable::getMessage).isEqualTo("listener");
  }

  private KeyMaterial open() throws Exception {
    KeyMaterial material = watched();
    material.onReload(reloads::add);
    return material;
  }

  private KeyMaterial watched() throws Exception {
    return FileKeyMaterial.open(
        IdentityFiles.in(directory), Role.SERVER, EVERY, zoo.clock, executor);
  }

  private static X509Certificate leaf(KeyMaterial material) {
    return material.credential().chain().get(0);
  }

  private static PeerRefusedException.Reason refusal(KeyMaterial material, PresentedChain chain) {
    return catchThrowableOfType(
            PeerRefusedException.class, () -> material.trust().verify(chain, Role.CLIENT))
        .reason();
  }

  private String lists(X509Certificate revoked) throws Exception {
    return ForgedCrl.of(zoo.root, START.minusSeconds(1))
        + ForgedCrl.of(zoo.issuing, START.minusSeconds(1), revoked);
  }

  private void write(String name, String text) throws Exception {
    Files.writeString(directory.resolve(name), text);
  }

  private static String pem(List<X509Certificate> certificates) throws Exception {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      text.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return text.toString();
  }

  private static String pem(String label, byte[] der) {
    return Pem.write(label, der);
  }
}
