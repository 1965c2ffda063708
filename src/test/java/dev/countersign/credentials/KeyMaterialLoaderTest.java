package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.credentials.KeyMaterialLoader.Loaded;
import dev.countersign.credentials.KeyMaterialLoader.Reloaded;
import dev.countersign.identity.Principal;
import dev.countersign.pki.ForgedCertificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failures that nobody foresaw while key material is read again. */
final class KeyMaterialLoaderTest {
  private final Zoo zoo = new Zoo();
  private final Source source = new Source();
  private final KeyMaterialLoader loader = new KeyMaterialLoader(source, Role.SERVER, zoo.clock);
  private Loaded before;

  @BeforeEach
  void load() throws Exception {
    before = loader.load();
    source.use(zoo.good(), zoo.root, zoo.partner);
  }

  @Test
  void keepsTheCertificateAndTakesUpTheTrustBesideIt() {
    source.certificateFails = true;

    Reloaded result = loader.reload(before);

    assertThat(result.loaded().credential()).isSameAs(before.credential());
    assertThat(result.loaded().trust().anchors().own()).hasSize(2);
    assertProblem(result, "source cannot be read: IllegalStateException at ");
  }

  @Test
  void keepsTheTrustAndTakesUpTheCertificateBesideIt() {
    source.trustFails = true;

    Reloaded result = loader.reload(before);

    assertThat(result.loaded().credential()).isEqualTo(source.credential);
    assertThat(result.loaded().trust()).isSameAs(before.trust());
    assertProblem(
        result, "trust anchors or revocation lists cannot be read: IllegalStateException at ");
  }

  @Test
  void keepsEverythingAndTriesAgain() {
    source.nameFails = true;

    Reloaded result = loader.reload(before);

    assertThat(result.loaded()).isSameAs(before);
    assertThat(result.changed()).isFalse();
    assertProblem(result, "key material cannot be read: IllegalStateException at ");

    source.nameFails = false;
    Reloaded again = loader.reload(before);
    assertThat(again.problems()).isEmpty();
    assertThat(again.changed()).isTrue();
  }

  private static void assertProblem(Reloaded result, String message) {
    assertThat(result.problems()).singleElement().satisfies(problem -> {
      assertThat(problem.reason()).isEqualTo(Reason.CONTENT);
      assertThat(problem.message()).startsWith(message).doesNotContain("secret");
    });
  }

  /** Holds what a test says, or fails. */
  private final class Source implements MaterialSource {
    private boolean nameFails;
    private boolean certificateFails;
    private boolean trustFails;
    private Credential credential;
    private List<X509Certificate> anchors;

    Source() {
      use(zoo.good(), zoo.root);
    }

    void use(ForgedCertificate leaf, ForgedCertificate... roots) {
      credential = new Credential(leaf.chain(), leaf.privateKey(), List.<Principal>of(Zoo.ID));
      anchors = List.of(roots).stream().map(ForgedCertificate::certificate).toList();
    }

    @Override
    public String certificateName() {
      failIf(nameFails);
      return "source";
    }

    @Override
    public Credential credential(LoadingProblems problems) {
      failIf(certificateFails);
      return credential;
    }

    @Override
    public TrustContent trust(TrustContent inUse, LoadingProblems problems) {
      failIf(trustFails);
      return new TrustContent(anchors, Map.of(), Map.of(), RevocationLists.NONE);
    }

    private static void failIf(boolean fails) {
      if (fails) {
        throw new IllegalStateException("secret");
      }
    }
  }
}
