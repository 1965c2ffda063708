package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.credentials.SpiffeBundle.Authorities;
import dev.countersign.credentials.SpiffeBundle.BundleException;
import dev.countersign.files.FileProblem;
import dev.countersign.files.PublicFile;
import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is wrong with a source of key material, collected while it is read. */
final class LoadingProblems {
  private static final int MAX_CERTIFICATE_BYTES = 1 << 20;

  private final List<Problem> problems = new ArrayList<>();

  /** Reads one file. */
  @FunctionalInterface
  interface Reading<T> {
    T read() throws IOException, PemException, BundleException;
  }

  /** What was read; null if that failed, and then it is noted why. */
  <T> @Nullable T attempt(Path path, Reading<T> reading) {
    try {
      return reading.read();
    } catch (FileProblem e) {
      add(Reason.FILE, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // What the operating system says may quote anything; its kind is enough.
      add(
          Reason.FILE,
          "file " + quoted(path) + " cannot be read: " + Quoted.of(e.getClass().getSimpleName()));
    } catch (PemException | BundleException e) {
      add(Reason.CONTENT, String.valueOf(e.getMessage()));
    }
    return null;
  }

  /** What was read; null if that failed in a way that nobody foresaw, and then it is noted. */
  <T> @Nullable T guarded(String what, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (RuntimeException e) {
      problems.add(unforeseen(what, e));
      return null;
    }
  }

  /** A bug of ours. Where it was is said, and not its message: that may quote anything. */
  static Problem unforeseen(String what, RuntimeException e) {
    StackTraceElement[] trace = e.getStackTrace();
    return new Problem(
        Reason.CONTENT,
        what + " cannot be read: " + e.getClass().getSimpleName()
            + (trace.length == 0 ? "" : " at " + trace[0]));
  }

  /** The authorities of another trust domain, in PEM or as a SPIFFE bundle; none if that failed, and it is noted why. */
  Authorities federated(Path path) {
    Authorities authorities = attempt(path, () -> {
      String source = "trust file " + quoted(path);
      byte[] content = PublicFile.read(path, MAX_CERTIFICATE_BYTES);
      return SpiffeBundle.isJson(content)
          ? SpiffeBundle.parse(source, content)
          : new Authorities(PemCertificates.parse(source, content), null);
    });
    return authorities == null ? new Authorities(List.of(), null) : authorities;
  }

  /** The certificates of a file; none if it cannot be read, and then it is noted why. */
  List<X509Certificate> certificates(String what, Path path) {
    List<X509Certificate> certificates = attempt(
        path,
        () -> PemCertificates.parse(
            what + " " + quoted(path), PublicFile.read(path, MAX_CERTIFICATE_BYTES)));
    return certificates == null ? List.of() : certificates;
  }

  /** Certificates that are to be trust anchors; it is noted which of them cannot be. */
  List<X509Certificate> authorities(String source, List<X509Certificate> anchors) {
    for (X509Certificate anchor : anchors) {
      try {
        LeafCheck.requireAuthority(anchor);
      } catch (PeerRefusedException e) {
        add(Reason.ANCHORS, source + " cannot be used: " + e.getMessage());
      }
    }
    return anchors;
  }

  /** Whom a certificate names; nobody if it cannot be used, and then it is noted why. */
  List<Principal> names(String source, X509Certificate leaf) {
    try {
      return CertificateNames.of(leaf);
    } catch (IdentityException e) {
      add(Reason.NOT_TRUSTED, source + " names nobody: " + e.getMessage());
      return List.of();
    }
  }

  void add(Reason reason, String message) {
    problems.add(new Problem(reason, message));
  }

  boolean isEmpty() {
    return problems.isEmpty();
  }

  List<Problem> all() {
    return problems;
  }

  static String quoted(Path path) {
    return Quoted.of(path.toString());
  }
}
