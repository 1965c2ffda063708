package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.KeyMaterial.Reload;
import dev.countersign.pki.ForgedCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writers that are caught half-way: what they have not finished never comes into use. */
final class TornWritesTest {
  private static final List<String> FILES = List.of("tls.crt", "tls.key", "ca.crt");

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
  void volumeThatKubernetesExchangesIsTakenUpAtOnce() throws Exception {
    Path volume = Files.createDirectory(directory.resolve("volume"));
    first.writeTo(volume.resolve("..2031_01"));
    Files.createSymbolicLink(volume.resolve("..data"), Path.of("..2031_01"));
    for (String file : FILES) {
      Files.createSymbolicLink(volume.resolve(file), Path.of("..data", file));
    }
    KeyMaterial material = open(volume);
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
    executor.tick();

    assertThat(material.credential().chain().get(0)).isEqualTo(second.certificate());
    assertThat(reloads).singleElement().extracting(Reload::accepted).isEqualTo(true);
  }

  private static void copy(Path from, Path to, String file) throws Exception {
    Files.copy(
        from.resolve(file),
        to.resolve(file),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
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
