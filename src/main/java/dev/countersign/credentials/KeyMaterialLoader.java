package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.files.PublicFile;
import dev.countersign.files.SecretFile;
import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pem.PemPrivateKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads an identity's files and proves that they can be used together: everything parses, the key is the certificate's,
 * the chain leads to the anchors, is valid now and for its use. Finds all problems before it gives up.
 */
final class KeyMaterialLoader {
  private static final int MAX_CERTIFICATE_BYTES = 1 << 20;
  private static final int MAX_CRL_BYTES = 64 << 20;

  private final IdentityFiles files;
  private final Role role;
  private final InstantSource clock;

  /** What was read together. */
  record Loaded(Credential credential, TrustState trust) {}

  KeyMaterialLoader(IdentityFiles files, Role role, InstantSource clock) {
    this.files = files;
    this.role = role;
    this.clock = clock;
  }

  IdentityFiles files() {
    return files;
  }

  /**
   * Loads everything.
   *
   * @param generation the generation of the trust state that is made
   * @param previous what is in use; its certificate need not be proved valid again
   */
  Loaded load(long generation, @Nullable Credential previous) throws KeyMaterialException {
    return new Attempt().load(generation, previous);
  }

  /** One look at the files, collecting what is wrong. */
  private final class Attempt {
    private final List<Problem> problems = new ArrayList<>();

    Loaded load(long generation, @Nullable Credential previous) throws KeyMaterialException {
      List<X509Certificate> chain = certificates("certificate file", files.certificate());
      PrivateKey key = privateKey();
      List<X509Certificate> own = certificates("trust file", files.trust());
      Map<TrustDomain, List<X509Certificate>> federated = federated();
      RevocationLists lists = revocationLists();
      if (!chain.isEmpty() && key != null && !KeyMatch.matches(key, chain.get(0).getPublicKey())) {
        add(
            Reason.KEY_MISMATCH,
            "key file " + quoted(files.key()) + " is not the key of certificate "
                + Printable.serial(chain.get(0)) + " in " + quoted(files.certificate()));
      }
      List<Principal> names = chain.isEmpty() ? List.of() : names(chain.get(0));
      failIfAny();
      Credential credential = new Credential(chain, Optional.ofNullable(key).orElseThrow(), names);
      TrustState trust = new TrustState(generation, anchors(names, own, federated), lists, clock);
      if (previous == null || !previous.sameAs(credential)) {
        prove(credential, own);
      }
      failIfAny();
      return new Loaded(credential, trust);
    }

    private void prove(Credential credential, List<X509Certificate> anchors) {
      Instant now = clock.instant();
      try {
        LeafCheck.requireLeafFor(role, credential.chain().get(0));
        PathCheck.pathTo(anchors, credential.chain(), now);
      } catch (PeerRefusedException e) {
        Reason reason = switch (e.reason()) {
          case EXPIRED -> Reason.EXPIRED;
          case NOT_YET_VALID -> Reason.NOT_YET_VALID;
          case WRONG_USE, NOT_A_LEAF -> Reason.WRONG_USE;
          default -> Reason.NOT_TRUSTED;
        };
        add(
            reason,
            "certificate file " + quoted(files.certificate()) + " cannot be used: "
                + e.getMessage());
      }
    }

    private TrustAnchors anchors(
        List<Principal> names,
        List<X509Certificate> own,
        Map<TrustDomain, List<X509Certificate>> federated)
        throws KeyMaterialException {
      TrustDomain domain = names.get(0) instanceof SpiffeId id ? id.trustDomain() : null;
      try {
        return new TrustAnchors(domain, own, federated);
      } catch (IllegalArgumentException e) {
        add(Reason.ANCHORS, String.valueOf(e.getMessage()));
        throw new KeyMaterialException(problems);
      }
    }

    private Map<TrustDomain, List<X509Certificate>> federated() {
      Map<TrustDomain, List<X509Certificate>> anchors = new HashMap<>();
      files
          .federated()
          .forEach((domain, path) -> anchors.put(domain, certificates("trust file", path)));
      return anchors;
    }

    private List<X509Certificate> certificates(String what, Path path) {
      try {
        return PemCertificates.parse(
            what + " " + quoted(path), PublicFile.read(path, MAX_CERTIFICATE_BYTES));
      } catch (IOException e) {
        add(Reason.FILE, message(e, path));
      } catch (PemException e) {
        add(Reason.CONTENT, String.valueOf(e.getMessage()));
      }
      return List.of();
    }

    private @Nullable PrivateKey privateKey() {
      try {
        return PemPrivateKey.parse("key file " + quoted(files.key()), SecretFile.read(files.key()));
      } catch (IOException e) {
        add(Reason.FILE, message(e, files.key()));
      } catch (PemException e) {
        add(Reason.CONTENT, String.valueOf(e.getMessage()));
      }
      return null;
    }

    private RevocationLists revocationLists() {
      Path path = files.crl();
      if (path == null || !Files.exists(path)) {
        return RevocationLists.NONE;
      }
      try {
        return RevocationLists.parse(
            "revocation list " + quoted(path), PublicFile.read(path, MAX_CRL_BYTES));
      } catch (IOException e) {
        add(Reason.FILE, message(e, path));
      } catch (PemException e) {
        add(Reason.CONTENT, String.valueOf(e.getMessage()));
      }
      return RevocationLists.NONE;
    }

    private List<Principal> names(X509Certificate leaf) {
      try {
        return CertificateNames.of(leaf);
      } catch (IdentityException e) {
        add(
            Reason.NOT_TRUSTED,
            "certificate file " + quoted(files.certificate()) + " names nobody: " + e.getMessage());
        return List.of();
      }
    }

    private void add(Reason reason, String message) {
      problems.add(new Problem(reason, message));
    }

    private void failIfAny() throws KeyMaterialException {
      if (!problems.isEmpty()) {
        throw new KeyMaterialException(problems);
      }
    }
  }

  private static String message(IOException e, Path path) {
    return e instanceof dev.countersign.files.FileProblem
        ? String.valueOf(e.getMessage())
        : "file " + quoted(path) + " cannot be read: "
            + Printable.quoted(e.getClass().getSimpleName());
  }

  private static String quoted(Path path) {
    return Printable.quoted(path.toString());
  }
}
