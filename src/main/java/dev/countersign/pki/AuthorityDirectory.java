package dev.countersign.pki;

import dev.countersign.files.AtomicFile;
import dev.countersign.files.AtomicFile.Rights;
import dev.countersign.files.FileSet;
import dev.countersign.files.PublicFile;
import dev.countersign.files.SecretFile;
import dev.countersign.pem.KeyMatch;
import dev.countersign.pem.Pem;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pem.PemPrivateKey;
import dev.countersign.pki.Authority.Holder;
import dev.countersign.pki.PkiException.Reason;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an authority keeps what is its own: {@code DIR/ca/} with {@code state}, and for each generation N
 * {@code root-N} and {@code intermediate-N} as {@code .crt} and {@code .key}.
 */
final class AuthorityDirectory {
  private static final int MAX_STATE = 64 << 20;
  private static final int MAX_CERTIFICATE = 1 << 20;
  private static final String STATE = "state";
  private static final String CRL = "crl.pem";
  private static final Pattern OF_GENERATION =
      Pattern.compile("(?:root|intermediate)-([0-9]{1,9})\\.(?:key|crt)");

  private final Path path;

  AuthorityDirectory(Path base) {
    this.path = base.resolve("ca");
  }

  Path path() {
    return path;
  }

  boolean hasState() {
    return Files.exists(path.resolve(STATE));
  }

  /** Refuses a directory with an authority, or with keys of one, in it. */
  void requireEmpty() throws IOException, PkiException {
    if (hasState()) {
      throw new PkiException(
          Reason.AUTHORITY_EXISTS,
          "directory " + Quoted.of(path.toString())
              + " holds an authority for trust domain \"" + readState().trustDomain()
              + "\" already; to replace its root use rotate");
    }
    try (DirectoryStream<Path> keys = Files.newDirectoryStream(path, "*.key")) {
      if (keys.iterator().hasNext()) {
        throw new PkiException(
            Reason.AUTHORITY_EXISTS,
            "directory " + Quoted.of(path.toString())
                + " holds keys without an authority's state; move them away first");
      }
    }
  }

  AuthorityState readState() throws IOException, PkiException {
    Path file = path.resolve(STATE);
    String text = new String(PublicFile.read(file, MAX_STATE), StandardCharsets.US_ASCII);
    return StateText.read("file " + Quoted.of(file.toString()), text);
  }

  void writeState(AuthorityState state) throws IOException {
    AtomicFile.write(path.resolve(STATE), bytes(StateText.write(state)), Rights.SECRET);
  }

  /** Writes a new generation and then the state that counts on it. */
  void writeAuthority(Authority authority, AuthorityState state) throws IOException {
    FileSet files = new FileSet(path);
    put(files, "root-" + authority.generation(), authority.root());
    put(files, "intermediate-" + authority.generation(), authority.intermediate());
    files.put(STATE, bytes(StateText.write(state)), Rights.SECRET).replace();
  }

  void writeCrl(String pem) throws IOException {
    AtomicFile.write(path.resolve(CRL), bytes(pem), Rights.PUBLIC);
  }

  /** The revocation lists that were written last; they are all of our own making. */
  String readCrl() throws IOException {
    return new String(PublicFile.read(path.resolve(CRL), MAX_STATE), StandardCharsets.US_ASCII);
  }

  /** Deletes the keys and certificates of generations older than these, also what a crash left of one. */
  void keepAuthorities(List<Integer> generations) throws IOException {
    // A newer one that is not known may be one that a state from a backup has forgotten.
    int oldest = Collections.min(generations);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "{root,intermediate}-*")) {
      for (Path file : files) {
        Matcher name = OF_GENERATION.matcher(String.valueOf(file.getFileName()));
        if (name.matches() && Integer.parseInt(name.group(1)) < oldest) {
          Files.delete(file);
        }
      }
    }
  }

  Authority readAuthority(int generation) throws IOException, PkiException {
    return new Authority(
        generation, readHolder("root-" + generation), readHolder("intermediate-" + generation));
  }

  /** The root of a generation alone, for which no key is needed. */
  X509Certificate readRoot(int generation) throws IOException, PkiException {
    return readCertificate(path.resolve("root-" + generation + ".crt"));
  }

  private Holder readHolder(String name) throws IOException, PkiException {
    Path file = path.resolve(name + ".key");
    X509Certificate certificate = readCertificate(path.resolve(name + ".crt"));
    try {
      PrivateKey key =
          PemPrivateKey.parse("key file " + Quoted.of(file.toString()), SecretFile.read(file));
      if (KeyMatch.matches(key, certificate.getPublicKey())) {
        return new Holder(certificate, key);
      }
    } catch (PemException e) {
      throw new PkiException(Reason.BAD_STATE, String.valueOf(e.getMessage()));
    }
    throw new PkiException(
        Reason.BAD_STATE,
        "key file " + Quoted.of(file.toString()) + " does not belong to the certificate beside it");
  }

  private static X509Certificate readCertificate(Path file) throws IOException, PkiException {
    try {
      return PemCertificates.parse(
              "certificate file " + Quoted.of(file.toString()),
              PublicFile.read(file, MAX_CERTIFICATE))
          .get(0);
    } catch (PemException e) {
      throw new PkiException(Reason.BAD_STATE, String.valueOf(e.getMessage()));
    }
  }

  private static void put(FileSet files, String name, Holder holder) {
    files
        .put(
            name + ".key",
            bytes(Pem.write("PRIVATE KEY", holder.key().getEncoded())),
            Rights.SECRET)
        .put(
            name + ".crt",
            bytes(ForgedCertificate.pem(List.of(holder.certificate()))),
            Rights.PUBLIC);
  }

  static byte[] bytes(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }
}
