package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.credentials.SpiffeBundle.Authorities;
import dev.countersign.files.FlatDirectory;
import dev.countersign.files.PublicFile;
import dev.countersign.identity.TrustDomain;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The trust anchors and revocation lists of an identity's files. */
final class TrustFiles {
  private static final int MAX_CRL_BYTES = 64 << 20;

  private final IdentityFiles files;
  private final LoadingProblems problems;

  TrustFiles(IdentityFiles files, LoadingProblems problems) {
    this.files = files;
    this.problems = problems;
  }

  /**
   * What the files hold; null if not all of it can be used.
   *
   * @param before what is in use; where there are revocation lists, a file that is gone does not turn revocation off, and
   *     a bundle must not be older
   */
  @Nullable
  TrustContent read(TrustContent before) {
    List<X509Certificate> own =
        authorities(files.trust(), problems.certificates("trust file", files.trust()));
    Map<TrustDomain, List<X509Certificate>> federated = new HashMap<>();
    Map<TrustDomain, BigInteger> sequences = new HashMap<>(before.sequences());
    files.federated().forEach((domain, path) -> {
      Authorities read = problems.federated(path);
      federated.put(domain, authorities(path, read.anchors()));
      if (read.sequence() != null) {
        refuseOlder(path, read.sequence(), sequences.put(domain, read.sequence()));
      }
    });
    RevocationLists lists = revocation(before.revocation());
    return lists != null && problems.isEmpty()
        ? new TrustContent(own, federated, sequences, lists)
        : null;
  }

  /** SPIFFE Trust Domain and Bundle section 4.1.1: what has the lower number was superseded. */
  private void refuseOlder(Path path, BigInteger sequence, @Nullable BigInteger inUse) {
    if (inUse != null && sequence.compareTo(inUse) < 0) {
      problems.add(
          Reason.ANCHORS,
          "trust file " + LoadingProblems.quoted(path)
              + " is older than the one in use: spiffe_sequence " + Quoted.bare(sequence.toString())
              + " (at least " + Quoted.bare(inUse.toString()) + ")");
    }
  }

  private List<X509Certificate> authorities(Path path, List<X509Certificate> anchors) {
    return problems.authorities("trust file " + LoadingProblems.quoted(path), anchors);
  }

  private @Nullable RevocationLists revocation(RevocationLists before) {
    Path path = files.crl();
    if (path == null) {
      return RevocationLists.NONE;
    }
    List<Path> sources = problems.attempt(path, () -> sources(path));
    if (sources == null) {
      return null;
    }
    if (sources.isEmpty()) {
      if (before == RevocationLists.NONE) {
        return before;
      }
      problems.add(
          Reason.FILE,
          "revocation list " + LoadingProblems.quoted(path) + " is gone (the one in use stays)");
      return null;
    }
    List<RevocationLists> lists = new ArrayList<>();
    for (Path source : sources) {
      RevocationLists read = problems.attempt(
          source,
          () -> RevocationLists.parse(
              "revocation list " + LoadingProblems.quoted(source),
              PublicFile.read(source, MAX_CRL_BYTES)));
      if (read != null) {
        lists.add(read);
      }
    }
    return lists.size() == sources.size() ? RevocationLists.together(lists) : null;
  }

  /** The files that hold lists: none if there are none yet. */
  private static List<Path> sources(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return FlatDirectory.files(path);
    }
    return Files.exists(path) ? List.of(path) : List.of();
  }
}
