package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.TrustDomain;
import dev.countersign.pem.Pem;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pki.PkiException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningRequestTest {
  private static final TrustDomain DOMAIN = new TrustDomain("example.org");

  @TempDir
  private Path directory;

  @Test
  void takesTheKeyAndNothingElse() throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-22T08:00:00Z"));
    CertificateAuthority authority =
        CertificateAuthority.init(directory, DOMAIN, List.of(), KeyAlgorithm.ECDSA_P256, clock);
    KeyPair keys = KeyAlgorithm.ECDSA_P256.generate();
    byte[] request = SigningRequests.of(keys, "CN=root of all");

    authority.issueFrom(
        "csr", pem(request), IdentityRequest.named("device").withSpiffeId(DOMAIN.id("device")));

    List<X509Certificate> chain =
        PemCertificates.parse("tls.crt", Files.readAllBytes(directory.resolve("device/tls.crt")));
    assertThat(chain.get(0).getPublicKey()).isEqualTo(keys.getPublic());
    assertThat(chain.get(0).getBasicConstraints()).isEqualTo(-1);
    assertThat(chain.get(0).getSubjectX500Principal().getName()).doesNotContain("root of all");
    assertThat(directory.resolve("device/tls.key")).doesNotExist();
    PkiException refusal =
        catchThrowableOfType(PkiException.class, () -> authority.renew("device"));
    assertThat(refusal.reason()).isEqualTo(Reason.KEY_ELSEWHERE);
  }

  @Test
  void refusesRequestThatItsKeyDidNotSign() throws Exception {
    byte[] request = SigningRequests.of(KeyAlgorithm.ECDSA_P256.generate(), "CN=a");
    assertThat(SigningRequest.publicKey("csr", request)).isNotNull();

    byte[] changed = SigningRequests.of(KeyAlgorithm.ECDSA_P256.generate(), "CN=b");
    int at = indexOf(changed, (byte) 'b');
    changed[at] = 'c';

    assertRefused(Reason.NO_PROOF_OF_POSSESSION, changed);
  }

  @Test
  void refusesWeakAndUnknownKeys() throws Exception {
    assertThat(SigningRequest.publicKey(
            "csr", SigningRequests.of(KeyAlgorithm.RSA_3072.generate(), "CN=a")))
        .isNotNull();

    KeyPair small =
        KeyAlgorithm.generate("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4));
    assertRefused(Reason.WEAK_KEY, SigningRequests.of(small, "CN=a"));
    KeyPair large = KeyAlgorithm.generate("EC", new ECGenParameterSpec("secp521r1"));
    assertRefused(Reason.WEAK_KEY, SigningRequests.of(large, "CN=a"));
    KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    assertRefused(Reason.WEAK_KEY, SigningRequests.of(other, "CN=a"));
  }

  @Test
  void refusesWhatIsNoRequest() {
    assertRefused(Reason.BAD_REQUEST, new byte[] {0x30, 3, 2, 1, 1});
    assertRefused(Reason.BAD_REQUEST, "nothing".getBytes(StandardCharsets.US_ASCII));
    assertRefused(Reason.BAD_REQUEST, new byte[0]);
  }

  private static void assertRefused(Reason reason, byte[] request) {
    PkiException refusal =
        catchThrowableOfType(PkiException.class, () -> SigningRequest.publicKey("csr", request));
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(reason);
  }

  private static byte[] pem(byte[] der) {
    return Pem.write("CERTIFICATE REQUEST", der).getBytes(StandardCharsets.US_ASCII);
  }

  private static int indexOf(byte[] bytes, byte wanted) {
    int at = 0;
    while (bytes[at] != wanted || bytes[at - 1] != 1) {
      at++;
    }
    return at;
  }
}
