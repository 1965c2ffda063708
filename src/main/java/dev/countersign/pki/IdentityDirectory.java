package dev.countersign.pki;

import dev.countersign.files.AtomicFile.Rights;
import dev.countersign.files.FileProblem;
import dev.countersign.files.FileSet;
import dev.countersign.files.PrivateDirectory;
import dev.countersign.files.PublicFile;
import dev.countersign.files.SecretFile;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.Pem;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pem.PemPrivateKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one workload needs: {@code tls.crt} (leaf, then intermediate), {@code tls.key} (PKCS#8), {@code ca.crt} (trust
 * anchors), and, once something was revoked, {@code crl.pem}.
 *
 * <p>They are replaced in the order anchors, revocation lists, key, certificate, all made ready before the first is
 * renamed. Between the last two a reader sees the new key with the old certificate; whoever reads compares the two and
 * reads again when they do not match.
 */
final class IdentityDirectory {
  private static final String CERTIFICATE = "tls.crt";
  private static final String KEY = "tls.key";
  private static final String ANCHORS = "ca.crt";
  private static final String CRL = "crl.pem";
  private static final int MAX_BYTES = 64 << 20;

  private final Path path;

  IdentityDirectory(Path path) {
    this.path = path;
  }

  /** What workloads are told to trust. */
  record Trust(String anchors, @Nullable String crl) {}

  boolean exists() {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Makes everything ready beside the old files; the key is null if it is held elsewhere. */
  FileSet.Ready prepare(List<X509Certificate> chain, @Nullable PrivateKey key, Trust trust)
      throws IOException {
    PrivateDirectory.create(path);
    FileSet files = new FileSet(path);
    put(files, trust);
    if (key != null) {
      files.put(
          KEY, AuthorityDirectory.bytes(Pem.write("PRIVATE KEY", key.getEncoded())), Rights.SECRET);
    }
    return files
        .put(CERTIFICATE, AuthorityDirectory.bytes(ForgedCertificate.pem(chain)), Rights.PUBLIC)
        .prepare();
  }

  /** Writes the trust anchors and the revocation lists unless they are there already. */
  void writeTrust(Trust trust) throws IOException {
    if (!holds(trust)) {
      FileSet files = new FileSet(path);
      put(files, trust);
      files.replace();
    }
  }

  /** Whether the trust anchors and the revocation lists are there already. */
  boolean holds(Trust trust) throws IOException {
    return isContent(ANCHORS, trust.anchors) && (trust.crl == null || isContent(CRL, trust.crl));
  }

  /** The leaf, if it is whole: it parses, and its key is beside it unless the key is held elsewhere. */
  Optional<X509Certificate> leaf(boolean keyElsewhere) throws IOException {
    try {
      X509Certificate leaf = PemCertificates.parse(
              CERTIFICATE, PublicFile.read(path.resolve(CERTIFICATE), MAX_BYTES))
          .get(0);
      boolean whole = keyElsewhere || holdsKeyOf(leaf.getPublicKey());
      return whole ? Optional.of(leaf) : Optional.empty();
    } catch (FileProblem | PemException e) {
      return Optional.empty();
    }
  }

  boolean hasKey() {
    return Files.exists(path.resolve(KEY), LinkOption.NOFOLLOW_LINKS);
  }

  boolean holdsKeyOf(PublicKey publicKey) throws IOException {
    try {
      PrivateKey key = PemPrivateKey.parse(KEY, SecretFile.read(path.resolve(KEY)));
      return KeyMatch.matches(key, publicKey);
    } catch (FileProblem | PemException e) {
      return false;
    }
  }

  private static void put(FileSet files, Trust trust) {
    files.put(ANCHORS, AuthorityDirectory.bytes(trust.anchors), Rights.PUBLIC);
    if (trust.crl != null) {
      files.put(CRL, AuthorityDirectory.bytes(trust.crl), Rights.PUBLIC);
    }
  }

  private boolean isContent(String file, String text) throws IOException {
    try {
      return Arrays.equals(
          PublicFile.read(path.resolve(file), MAX_BYTES), AuthorityDirectory.bytes(text));
    } catch (FileProblem e) {
      return false;
    }
  }
}
