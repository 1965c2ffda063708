package dev.countersign.credentials;

import static dev.countersign.credentials.HandClock.START;
import static dev.countersign.credentials.Zoo.presented;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.credentials.KeyMaterial.Reload;
import dev.countersign.pem.Pem;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writers that are caught half-way: what they have not finished never comes into use. */
final class TornWritesTest {
  private static final List<String> FILES = List.of("tls.crt", "tls.key", "ca.crt");
  private static final Duration HALF = Duration.ofMillis(500);
  private static final Duration QUARTER = Duration.ofMillis(250);

  @TempDir
  private Path directory;

  private final Zoo zoo = new Zoo();
  private final HandDrivenExecutor executor = new HandDrivenExecutor();
  private final List<Reload> reloads = new ArrayList<>();
  private final ForgedCertificate first = zoo.good();
  private final ForgedCertificate second = zoo.good();

  @AfterEach
  void endsExecutor() {
    executor.shutdownNow();
  }

  @Test
  void fileThatIsCutOffAnywhereIsNotUsed() throws Exception {
    first.writeTo(directory);
    KeyMaterial material = open();
    Credential credential = material.credential();
    TrustState trust = material.trust();
    for (String file : FILES) {
      Path path = directory.resolve(file);
      byte[] whole = Files.readAllBytes(path);
      // The last byte is the end of the last line, which the content does not need.
      for (int length = 0; length < whole.length - 1; length += 37) {
        Files.write(path, java.util.Arrays.copyOf(whole, length));
        executor.tick();
        assertThat(material.credential()).as("%s cut at %d", file, length).isSameAs(credential);
        assertThat(material.trust()).as("%s cut at %d", file, length).isSameAs(trust);
        assertThat(reloads).isNotEmpty().noneMatch(Reload::accepted);
      }
      reloads.clear();
      Files.write(path, whole);
      executor.tick();
      assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(true);
      reloads.clear();
    }
  }

  @Test
  void chainThatIsCutOffBetweenTwoCertificatesIsNotUsed() throws Exception {
    first.writeTo(directory);
    KeyMaterial material = open();
    Credential credential = material.credential();
    second.writeTo(directory);
    String chain = Files.readString(directory.resolve("tls.crt"));

    Files.writeString(
        directory.resolve("tls.crt"), chain.substring(0, chain.indexOf("-----BEGIN", 1)));
    executor.tick();
    assertThat(material.credential()).isSameAs(credential);

    Files.writeString(directory.resolve("tls.crt"), chain);
    executor.tick();
    assertThat(material.credential().chain().get(0)).isEqualTo(second.certificate());
  }

  @Test
  void certificateBeforeItsKeyAndKeyBeforeItsCertificateAreNotUsed() throws Exception {
    Path next = directory.resolve("next");
    second.writeTo(next);
    for (List<String> order :
        List.of(List.of("tls.crt", "tls.key"), List.of("tls.key", "tls.crt"))) {
      Path live = directory.resolve("live-" + order.get(0));
      first.writeTo(live);
      KeyMaterial material = open(live);
      Credential credential = material.credential();

      copy(next, live, order.get(0));
      executor.tick();
      assertThat(material.credential()).isSameAs(credential);

      copy(next, live, order.get(1));
      executor.tick();
      assertThat(material.credential().chain().get(0)).isEqualTo(second.certificate());
    }
  }

  @Test
  void anchorsThatAreCaughtBetweenTwoBlocksAreNotUsed() throws Exception {
    first.writeTo(directory);
    Path file = directory.resolve("ca.crt");
    String root = Files.readString(file);
    String partner = pem(zoo.partner);
    KeyMaterial material = openAndSettled();
    TrustState before = material.trust();

    // One block is a file that parses: a writer in the middle of two.
    Files.writeString(file, partner);
    executor.pass(HALF);
    Files.writeString(file, partner + root.substring(0, root.length() / 2));
    executor.pass(QUARTER);
    Files.writeString(file, partner + root);
    executor.pass(QUARTER);
    assertThat(material.trust()).isSameAs(before);
    assertThat(reloads).isEmpty();

    executor.pass(QUARTER);
    assertThat(material.trust().anchors().own())
        .containsExactly(zoo.partner.certificate(), zoo.root.certificate());
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(true);
  }

  @Test
  void listsThatAreCaughtBetweenTwoBlocksAreNotUsed() throws Exception {
    first.writeTo(directory);
    Path file = directory.resolve("crl.pem");
    String root = ForgedCrl.of(zoo.root, START);
    String issuing = ForgedCrl.of(zoo.issuing, START);
    Files.writeString(file, root + issuing);
    KeyMaterial material = openAndSettled();
    ForgedCertificate peer = zoo.good();
    assertThatCode(() -> verify(material, peer)).doesNotThrowAnyException();

    Files.writeString(file, root);
    executor.pass(HALF);
    assertThatCode(() -> verify(material, peer)).doesNotThrowAnyException();
    Files.writeString(file, root + ForgedCrl.of(zoo.issuing, START, peer.certificate()));
    executor.pass(QUARTER);
    assertThatCode(() -> verify(material, peer)).doesNotThrowAnyException();

    executor.pass(QUARTER);
    assertThatThrownBy(() -> verify(material, peer))
        .isInstanceOfSatisfying(
            PeerRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(PeerRefusedException.Reason.REVOKED));
  }

  @Test
  void whatIsExchangedWhileItIsReadIsNotUsed() throws Exception {
    first.writeTo(directory);
    Path file = directory.resolve("ca.crt");
    String root = Files.readString(file);
    Path next = directory.resolve("next");
    // The time is asked for after the files were read.
    InstantSource clock = () -> {
      boolean unused = next.toFile().renameTo(file.toFile());
      return zoo.clock.instant();
    };
    KeyMaterial material = FileKeyMaterial.open(
        IdentityFiles.in(directory), Role.SERVER, Duration.ofSeconds(1), clock, executor);
    material.onReload(reloads::add);
    executor.tick();
    TrustState before = material.trust();

    Files.writeString(next, pem(zoo.partner) + root);
    Files.writeString(file, pem(zoo.partner));
    executor.pass(HALF.plus(QUARTER));
    assertThat(next).as("it was read").doesNotExist();
    assertThat(material.trust()).isSameAs(before);
    assertThat(reloads).isEmpty();

    executor.tick();
    assertThat(material.trust().anchors().own())
        .containsExactly(zoo.partner.certificate(), zoo.root.certificate());
  }

  @Test
  void aBrokenFileThatIsRepairedInPlaceIsNotUsedHalfWay() throws Exception {
    first.writeTo(directory);
    Path file = directory.resolve("ca.crt");
    String root = Files.readString(file);
    KeyMaterial material = openAndSettled();
    TrustState before = material.trust();
    Files.writeString(file, "broken");
    executor.tick();
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(false);

    // Tried again a second after it was refused, a quarter before the next look would count.
    executor.pass(HALF);
    Files.writeString(file, pem(zoo.partner));
    executor.pass(QUARTER);
    assertThat(material.trust()).isSameAs(before);
    Files.writeString(file, pem(zoo.partner) + root);
    executor.tick();

    assertThat(material.trust().anchors().own())
        .containsExactly(zoo.partner.certificate(), zoo.root.certificate());
    assertThat(reloads).extracting(Reload::accepted).containsExactly(false, true);
  }

  @Test
  void aDirectoryOrAPipeInPlaceOfAFileKeepsWhatIsInUse() throws Exception {
    first.writeTo(directory);
    KeyMaterial material = openAndSettled();
    Credential credential = material.credential();
    TrustState trust = material.trust();
    for (String file : FILES) {
      Path path = directory.resolve(file);
      byte[] whole = Files.readAllBytes(path);
      Files.delete(path);
      Files.createDirectory(path);
      executor.tick();
      Files.delete(path);
      // Whoever opened it would wait for its writer without end.
      assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
          .isZero();
      executor.tick();

      assertThat(material.credential()).isSameAs(credential);
      assertThat(material.trust()).isSameAs(trust);
      assertThat(reloads)
          .hasSize(2)
          .noneMatch(Reload::accepted)
          .anySatisfy(reload -> assertThat(reload.message()).contains("is a directory"))
          .anySatisfy(reload -> assertThat(reload.message()).contains("is a pipe or a device"));
      reloads.clear();
      Files.delete(path);
      Files.write(path, whole);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      executor.tick();
      assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(true);
      reloads.clear();
    }
  }

  @Test
  void everyChangeIsTakenUpWithinTheTimeThatIsStated() throws Exception {
    first.writeTo(directory);
    KeyMaterial material = openAndSettled();
    for (int i = 0; i < 8; i++) {
      ForgedCertificate next = zoo.good();
      // At any moment between two looks.
      executor.pass(Duration.ofMillis(i * 125L));
      next.writeTo(directory);
      executor.tick();
      assertThat(material.credential().chain().get(0)).isEqualTo(next.certificate());
    }
  }

  @Test
  void volumeThatKubernetesExchangesIsTakenUpAtOnce() throws Exception {
    Path volume = Files.createDirectory(directory.resolve("volume"));
    first.writeTo(volume.resolve("..2031_01"));
    Files.createSymbolicLink(volume.resolve("..data"), Path.of("..2031_01"));
    for (String file : FILES) {
      Files.createSymbolicLink(volume.resolve(file), Path.of("..data", file));
    }
    KeyMaterial material = open(volume);
    executor.tick();
    assertThat(material.credential().chain().get(0)).isEqualTo(first.certificate());

    second.writeTo(volume.resolve("..2031_02"));
    Files.createSymbolicLink(volume.resolve("..data_tmp"), Path.of("..2031_02"));
    executor.tick();
    assertThat(reloads).isEmpty();
    Files.move(
        volume.resolve("..data_tmp"),
        volume.resolve("..data"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    executor.pass(HALF);

    assertThat(material.credential().chain().get(0))
        .as("by the first look")
        .isEqualTo(second.certificate());
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(true);
  }

  private static void copy(Path from, Path to, String file) throws Exception {
    Files.copy(
        from.resolve(file),
        to.resolve(file),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
  }

  private static void verify(KeyMaterial material, ForgedCertificate peer) throws Exception {
    material.trust().verify(presented(peer), Role.CLIENT);
  }

  private static String pem(ForgedCertificate certificate) throws Exception {
    return Pem.write("CERTIFICATE", certificate.certificate().getEncoded());
  }

  private KeyMaterial openAndSettled() throws Exception {
    KeyMaterial material = open();
    executor.tick();
    return material;
  }

  private KeyMaterial open() throws Exception {
    return open(directory);
  }

  private KeyMaterial open(Path identity) throws Exception {
    KeyMaterial material = FileKeyMaterial.open(
        IdentityFiles.in(identity), Role.SERVER, Duration.ofSeconds(1), zoo.clock, executor);
    material.onReload(reloads::add);
    return material;
  }
}
