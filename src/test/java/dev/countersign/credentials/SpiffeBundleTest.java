package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.credentials.SpiffeBundle.BundleException;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.KeyAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpiffeBundleTest {
  private final Zoo zoo = new Zoo();
  private final ForgedCertificate rsa =
      zoo.forge.root("CN=RSA root").keys(KeyAlgorithm.RSA_3072).selfSigned();

  @TempDir
  private Path directory;

  @Test
  void holdsTheAuthoritiesAndPassesOverKeysForAnotherUse() throws Exception {
    String text = """
        {"spiffe_sequence": 12, "spiffe_refresh_hint": 300, "later": {"keys": 1}, "keys": [
          {"kty": "EC", "use": "x509-svid", "crv": "P-256", "x5c": ["EC_ROOT"]},
          {"kty": "EC", "use": "jwt-svid", "kid": "1", "x": "a", "y": "b"},
          {"kty": "OKP", "use": "something-new"},
          {"kty": "RSA"},
          {"x5c": ["RSA_ROOT"], "kty": "RSA", "use": "x509-svid"}]}
        """;

    assertThat(SpiffeBundle.parse("bundle", bytes(text)).anchors())
        .containsExactly(zoo.partner.certificate(), rsa.certificate());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
      {"keys":[]}                                                         | holds 0 keys for use "x509-svid"
      {"keys":[{"kty":"EC","use":"jwt-svid"}]}                            | holds 0 keys for use "x509-svid"
      {}                                                                  | has no keys
      {"keys":{}}                                                         | keys is not an array
      {"keys":[1]}                                                        | keys[0] is not an object
      {"keys":[KEY,{"use":"jwt-svid"}]}                                   | keys[1] has no kty
      {"keys":[KEY,{"kty":7}]}                                            | keys[1].kty is not a string
      {"keys":[KEY,{"kty":"EC","use":"x509-svid"}]}                       | keys[1].x5c holds 0 certificates (expected one)
      {"keys":[{"kty":"EC","use":"x509-svid","x5c":["EC_ROOT","EC_ROOT"]}]} | keys[0].x5c holds 2 certificates (expected one)
      {"keys":[{"kty":"EC","use":"x509-svid","x5c":"EC_ROOT"}]}           | keys[0].x5c is not an array
      {"keys":[{"kty":"RSA","use":"x509-svid","x5c":["EC_ROOT"]}]}        | keys[0].kty is RSA, but its certificate holds a key of kind "EC"
      {"keys":[{"kty":"oct","use":"x509-svid","x5c":["EC_ROOT"]}]}        | keys[0].kty is "oct" (allowed: EC, RSA)
      {"keys":[{"kty":"EC","use":"x509-svid","x5c":["*"]}]}               | keys[0].x5c is not base64
      {"keys":[{"kty":"EC","use":"x509-svid","x5c":["AAAA"]}]}            | keys[0].x5c
      {"keys":[KEY],"spiffe_sequence":-1}                                 | spiffe_sequence is not a number of 0 or more
      {"keys":[KEY],"spiffe_refresh_hint":"5m"}                           | spiffe_refresh_hint is not a number of 0 or more
      {"keys":[KEY],"keys":[]}                                            | is not JSON
      {"keys":[KEY]                                                       | is not JSON
      {"keys":[KEY]} {}                                                   | goes on after its end
      """)
  void refusesTheWholeBundleWhenAnythingIsWrong(String text, String message) throws Exception {
    assertThat(SpiffeBundle.parse("bundle", bytes("{\"keys\":[KEY]}")).anchors())
        .hasSize(1);

    BundleException e = catchThrowableOfType(
        BundleException.class, () -> SpiffeBundle.parse("bundle", bytes(text)));

    assertThat(e).hasMessageStartingWith("bundle:").hasMessageContaining(message);
  }

  @Test
  void federatedFileMayBeABundleOrPemAndChooseTheAnchorsOfItsDomainOnly() throws Exception {
    zoo.good().writeTo(directory);
    Path bundle = directory.resolve("partner.json");
    Files.write(bundle, bytes("\n {\"keys\":[KEY]}"));
    KeyMaterialLoader loader = loader(bundle);

    TrustState trust = loader.load().trust();

    PresentedChain partner = Zoo.presented(
        zoo.forge.leaf().spiffe("spiffe://partner.example/a").client().issuedBy(zoo.partner));
    assertThat(trust.verify(partner, Role.CLIENT).identity().primary().name())
        .isEqualTo("spiffe://partner.example/a");
    PresentedChain posing = Zoo.presented(zoo.leaf().issuedBy(zoo.partner));
    assertThat(catchThrowableOfType(
                PeerRefusedException.class, () -> trust.verify(posing, Role.CLIENT))
            .reason())
        .isEqualTo(PeerRefusedException.Reason.UNTRUSTED_ISSUER);
  }

  @Test
  void brokenBundleIsAProblemOfTheFile() throws Exception {
    zoo.good().writeTo(directory);
    Path bundle = directory.resolve("partner.json");
    Files.write(bundle, bytes("{\"keys\":[KEY]}"));
    KeyMaterialLoader loader = loader(bundle);
    loader.load();

    Files.write(bundle, bytes("{\"keys\":[KEY"));

    assertThat(catchThrowableOfType(KeyMaterialException.class, loader::load).problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem).extracting(Problem::reason).isEqualTo(Reason.CONTENT);
          assertThat(problem.message()).contains("partner.json\":1:", "is not JSON");
        });
  }

  @Test
  void bundleWithALowerSequenceThanAnyInUseBeforeIsRefused() throws Exception {
    zoo.good().writeTo(directory);
    Path file = directory.resolve("partner.json");
    Files.write(file, bytes(sequence("18446744073709551616", "EC", "EC_ROOT")));
    HandDrivenExecutor executor = new HandDrivenExecutor();
    List<KeyMaterial.Reload> reloads = new ArrayList<>();
    try (KeyMaterial material =
        FileKeyMaterial.open(
            files(file), Role.SERVER, Duration.ofSeconds(1), zoo.clock, executor)) {
      material.onReload(reloads::add);
      Files.write(file, bytes(sequence("18446744073709551617", "RSA", "RSA_ROOT")));
      executor.tick();
      assertThat(partners(material)).containsExactly(rsa.certificate());
      assertThat(reloads)
          .singleElement()
          .extracting(KeyMaterial.Reload::accepted)
          .isEqualTo(true);

      Files.write(file, bytes(sequence("18446744073709551616", "EC", "EC_ROOT")));
      executor.tick();
      assertThat(partners(material)).containsExactly(rsa.certificate());
      assertThat(reloads).hasSize(2).last().satisfies(reload -> {
        assertThat(reload.accepted()).isFalse();
        assertThat(reload.message())
            .contains("partner.json\" is older than the one in use: spiffe_sequence"
                + " 18446744073709551616 (at least 18446744073709551617)");
      });

      // One that does not say is taken, and the highest number is remembered all the same.
      Files.write(file, bytes("{\"keys\":[KEY]}"));
      executor.tick();
      assertThat(partners(material)).containsExactly(zoo.partner.certificate());
      Files.write(file, bytes(sequence("3", "RSA", "RSA_ROOT")));
      executor.tick();
      assertThat(partners(material)).containsExactly(zoo.partner.certificate());

      Files.write(file, bytes(sequence("18446744073709551618", "RSA", "RSA_ROOT")));
      executor.tick();
      assertThat(partners(material)).containsExactly(rsa.certificate());
    } finally {
      executor.shutdownNow();
    }
  }

  private static List<X509Certificate> partners(KeyMaterial material) {
    return material.trust().anchors().federated().getOrDefault(Zoo.OTHER_DOMAIN, List.of());
  }

  private static String sequence(String number, String type, String root) {
    return "{\"spiffe_sequence\":" + number + ",\"keys\":[{\"kty\":\"" + type
        + "\",\"use\":\"x509-svid\",\"x5c\":[\"" + root + "\"]}]}";
  }

  private KeyMaterialLoader loader(Path bundle) {
    return new KeyMaterialLoader(new FileSource(files(bundle)), Role.SERVER, zoo.clock);
  }

  private IdentityFiles files(Path bundle) {
    return IdentityFiles.in(directory).federatedWith(Map.of(Zoo.OTHER_DOMAIN, bundle));
  }

  private byte[] bytes(String text) throws Exception {
    return text.replace("KEY", "{\"kty\":\"EC\",\"use\":\"x509-svid\",\"x5c\":[\"EC_ROOT\"]}")
        .replace("EC_ROOT", base64(zoo.partner))
        .replace("RSA_ROOT", base64(rsa))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String base64(ForgedCertificate certificate) throws Exception {
    return Base64.getEncoder().encodeToString(certificate.certificate().getEncoded());
  }
}
