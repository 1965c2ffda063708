package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.files.PublicFile;
import dev.countersign.identity.TrustDomain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The trust anchors and revocation lists of an identity's files. */
final class TrustFiles {
  private static final int MAX_CRL_BYTES = 64 << 20;

  private final IdentityFiles files;
  private final FileProblems problems;

  /** What the files hold together. */
  record Content(
      List<X509Certificate> own,
      Map<TrustDomain, List<X509Certificate>> federated,
      RevocationLists revocation) {

    static Content of(TrustState trust) {
      return new Content(trust.anchors().own(), trust.anchors().federated(), trust.revocation());
    }
  }

  TrustFiles(IdentityFiles files, FileProblems problems) {
    this.files = files;
    this.problems = problems;
  }

  /**
   * What the files hold; null if not all of it can be used.
   *
   * @param before the lists in use; where there are any, a file that is gone does not turn revocation off
   */
  @Nullable
  Content read(RevocationLists before) {
    List<X509Certificate> own = anchors(files.trust());
    Map<TrustDomain, List<X509Certificate>> federated = new HashMap<>();
    files.federated().forEach((domain, path) -> federated.put(domain, anchors(path)));
    RevocationLists lists = revocation(before);
    return lists != null && problems.isEmpty() ? new Content(own, federated, lists) : null;
  }

  private List<X509Certificate> anchors(Path path) {
    List<X509Certificate> anchors = problems.certificates("trust file", path);
    for (X509Certificate anchor : anchors) {
      try {
        LeafCheck.requireAuthority(anchor);
      } catch (PeerRefusedException e) {
        problems.add(
            Reason.ANCHORS,
            "trust file " + FileProblems.quoted(path) + " cannot be used: " + e.getMessage());
      }
    }
    return anchors;
  }

  private @Nullable RevocationLists revocation(RevocationLists before) {
    Path path = files.crl();
    if (path == null) {
      return RevocationLists.NONE;
    }
    if (!Files.exists(path)) {
      if (before == RevocationLists.NONE) {
        return before;
      }
      problems.add(
          Reason.FILE,
          "revocation list " + FileProblems.quoted(path) + " is gone (the one in use stays)");
      return null;
    }
    return problems.attempt(
        path,
        () -> RevocationLists.parse(
            "revocation list " + FileProblems.quoted(path), PublicFile.read(path, MAX_CRL_BYTES)));
  }
}
