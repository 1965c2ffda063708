package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.files.SecretFile;
import dev.countersign.identity.Principal;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.PemPrivateKey;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The certificate and the key of an identity's files. */
final class CredentialFiles {
  private final IdentityFiles files;
  private final Path keyFile;
  private final LoadingProblems problems;

  CredentialFiles(IdentityFiles files, LoadingProblems problems) {
    this.files = files;
    this.keyFile = files.key();
    this.problems = problems;
  }

  static String certificateName(IdentityFiles files) {
    return "certificate file " + LoadingProblems.quoted(files.certificate());
  }

  /** What the files hold, shown to belong together; null if they do not. */
  @Nullable
  Credential read() {
    List<X509Certificate> chain = problems.certificates("certificate file", files.certificate());
    PrivateKey key = problems.attempt(
        keyFile,
        () -> PemPrivateKey.parse(
            "key file " + LoadingProblems.quoted(keyFile), SecretFile.read(keyFile)));
    List<Principal> names =
        chain.isEmpty() ? List.of() : problems.names(certificateName(files), chain.get(0));
    if (chain.isEmpty() || key == null) {
      return null;
    }
    if (!KeyMatch.matches(key, chain.get(0).getPublicKey())) {
      problems.add(
          Reason.KEY_MISMATCH,
          "key file " + LoadingProblems.quoted(keyFile) + " is not the key of certificate "
              + CertificateText.serial(chain.get(0)) + " in "
              + LoadingProblems.quoted(files.certificate()));
      return null;
    }
    return names.isEmpty() ? null : new Credential(chain, key, names);
  }
}
