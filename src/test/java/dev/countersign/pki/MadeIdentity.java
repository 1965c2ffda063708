package dev.countersign.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.files.SecretFile;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemPrivateKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** An identity directory as a workload reads it. */
record MadeIdentity(List<X509Certificate> chain, List<X509Certificate> anchors) {
  static MadeIdentity in(Path directory) throws IOException, GeneralSecurityException {
    List<X509Certificate> chain =
        PemCertificates.parse("tls.crt", Files.readAllBytes(directory.resolve("tls.crt")));
    assertThat(KeyMatch.matches(
            PemPrivateKey.parse("tls.key", SecretFile.read(directory.resolve("tls.key"))),
            chain.get(0).getPublicKey()))
        .isTrue();
    return new MadeIdentity(
        chain, PemCertificates.parse("ca.crt", Files.readAllBytes(directory.resolve("ca.crt"))));
  }

  X509Certificate leaf() {
    return chain.get(0);
  }

  X509Certificate intermediate() {
    return chain.get(1);
  }

  /** Validates the chain under the anchors of another identity. */
  void validate(List<X509Certificate> trusted, Instant at) throws GeneralSecurityException {
    X509Certificate issuer = trusted.stream()
        .filter(a -> a.getSubjectX500Principal().equals(intermediate().getIssuerX500Principal()))
        .findFirst()
        .orElseThrow();
    JdkValidator.validate(chain, issuer, at);
  }

  void validate(Instant at) throws GeneralSecurityException {
    validate(anchors, at);
  }
}
