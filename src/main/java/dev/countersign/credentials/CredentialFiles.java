package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.files.SecretFile;
import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.PemPrivateKey;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The certificate and the key of an identity's files, and the proof that both can be used. */
final class CredentialFiles {
  private final Path certificate;
  private final Path keyFile;
  private final FileProblems problems;

  CredentialFiles(IdentityFiles files, FileProblems problems) {
    this.certificate = files.certificate();
    this.keyFile = files.key();
    this.problems = problems;
  }

  /** What the files hold, shown to belong together; null if they do not. */
  @Nullable
  Credential read() {
    List<X509Certificate> chain = problems.certificates("certificate file", certificate);
    PrivateKey key = problems.attempt(
        keyFile,
        () -> PemPrivateKey.parse(
            "key file " + FileProblems.quoted(keyFile), SecretFile.read(keyFile)));
    List<Principal> names = chain.isEmpty() ? List.of() : names(chain.get(0));
    if (chain.isEmpty() || key == null) {
      return null;
    }
    if (!KeyMatch.matches(key, chain.get(0).getPublicKey())) {
      problems.add(
          Reason.KEY_MISMATCH,
          "key file " + FileProblems.quoted(keyFile) + " is not the key of certificate "
              + CertificateText.serial(chain.get(0)) + " in " + FileProblems.quoted(certificate));
      return null;
    }
    return names.isEmpty() ? null : new Credential(chain, key, names);
  }

  /** Whether peers that trust these anchors would take the credential now; if not, it is noted why. */
  boolean proves(Credential credential, Role role, List<X509Certificate> anchors, Instant now) {
    try {
      LeafCheck.requireLeafFor(role, credential.chain().get(0));
      PathCheck.pathTo(anchors, credential.chain(), now);
      return true;
    } catch (PeerRefusedException e) {
      Reason reason = switch (e.reason()) {
        case EXPIRED -> Reason.EXPIRED;
        case NOT_YET_VALID -> Reason.NOT_YET_VALID;
        case WRONG_USE, NOT_A_LEAF -> Reason.WRONG_USE;
        default -> Reason.NOT_TRUSTED;
      };
      problems.add(
          reason,
          "certificate file " + FileProblems.quoted(certificate) + " cannot be used: "
              + e.getMessage());
      return false;
    }
  }

  private List<Principal> names(X509Certificate leaf) {
    try {
      return CertificateNames.of(leaf);
    } catch (IdentityException e) {
      problems.add(
          Reason.NOT_TRUSTED,
          "certificate file " + FileProblems.quoted(certificate) + " names nobody: "
              + e.getMessage());
      return List.of();
    }
  }
}
