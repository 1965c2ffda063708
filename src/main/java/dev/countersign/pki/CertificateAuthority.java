package dev.countersign.pki;

import dev.countersign.files.DirectoryLock;
import dev.countersign.files.PrivateDirectory;
import dev.countersign.identity.DnsName;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.PkiException.Reason;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A root and an issuing intermediate for one trust domain, kept in {@code DIR/ca/}, and the identity directories
 * {@code DIR/NAME/} that it fills. Its keys never leave {@code DIR/ca/}.
 *
 * <p>Each method is one transaction under a lock of the directory: two processes, or two threads, take turns. After a
 * crash each file is old or new, and {@link #apply} mends an identity whose files are not of one piece. Nothing is kept
 * between calls, so an instance may be used by any thread.
 *
 * <p>All methods throw {@link PkiException} when the authority refuses, {@link dev.countersign.files.FileProblem} when a
 * file is not as it must be, and {@link IOException} when reading or writing fails.
 */
public final class CertificateAuthority {
  private static final int FIRST_GENERATION = 1;

  private final Path directory;
  private final InstantSource clock;

  private CertificateAuthority(Path directory, InstantSource clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /**
   * Makes a new authority.
   *
   * @param dnsDomains the only DNS domains that it may certify, itself and below; none for any
   * @throws PkiException if there is one in the directory already
   */
  @SuppressWarnings("try") // The lock is held, not used.
  public static CertificateAuthority init(
      Path directory,
      TrustDomain trustDomain,
      List<DnsName> dnsDomains,
      KeyAlgorithm key,
      InstantSource clock)
      throws IOException, PkiException {
    AuthorityDirectory own = new AuthorityDirectory(directory);
    PrivateDirectory.create(own.path());
    try (DirectoryLock lock = DirectoryLock.acquire(own.path(), Duration.ofSeconds(30))) {
      own.requireEmpty();
      Authority authority = new CertificateMint(trustDomain, clock.instant())
          .authority(FIRST_GENERATION, key, dnsDomains);
      own.writeAuthority(
          authority,
          new AuthorityState(
              trustDomain,
              dnsDomains,
              key,
              List.of(FIRST_GENERATION),
              FIRST_GENERATION,
              0,
              List.of()));
    }
    return new CertificateAuthority(directory, clock);
  }

  /**
   * The authority in a directory.
   *
   * @throws PkiException if there is none, or it cannot be read
   */
  public static CertificateAuthority open(Path directory, InstantSource clock)
      throws IOException, PkiException {
    CertificateAuthority authority = new CertificateAuthority(directory, clock);
    authority.begin().close();
    return authority;
  }

  /** Whose identities it issues. */
  public TrustDomain trustDomain() throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      return open.state().trustDomain();
    }
  }

  /** Issues a certificate with a new key, and fills the identity directory. */
  public IssuedCertificate issue(IdentityRequest request) throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      return open.issue(request);
    }
  }

  /**
   * Issues a certificate for the key of a signing request (PKCS#10, PEM or DER). Nothing else is taken from it: names and
   * extensions are those of {@code request}. The identity directory gets no {@code tls.key}.
   *
   * @param source what the bytes are, as an error names it, such as {@code request file "a.csr"}
   * @param signingRequest the bytes
   */
  public IssuedCertificate issueFrom(String source, byte[] signingRequest, IdentityRequest request)
      throws IOException, PkiException {
    PublicKey key = SigningRequest.publicKey(source, signingRequest);
    try (OpenAuthority open = begin()) {
      return open.issueFor(key, request);
    }
  }

  /** Issues the last certificate of an identity again, with a new key. */
  public IssuedCertificate renew(String name) throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      IssuedCertificate latest = latest(open, name);
      if (latest.keyElsewhere()) {
        throw new PkiException(
            Reason.KEY_ELSEWHERE,
            "identity \"" + name + "\" was issued from a signing request (its key is not here);"
                + " issue it again from a new request");
      }
      return open.issue(latest.request());
    }
  }

  /**
   * Renews every identity in the last third of its life, unless it was revoked or its key is held elsewhere.
   *
   * @return what was renewed
   */
  public List<IssuedCertificate> renewDue() throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      List<IssuedCertificate> renewed = new ArrayList<>();
      for (IssuedCertificate latest : open.state().latest()) {
        boolean due = !open.now().isBefore(latest.due());
        if (due && !latest.isRevoked() && !latest.keyElsewhere()) {
          renewed.add(open.issue(latest.request()));
        }
      }
      return renewed;
    }
  }

  /**
   * Takes back the certificates of an identity that still count, and hands a new revocation list to every identity. If that
   * was cut off once, by a full disk say, doing it again finishes it.
   *
   * @param serial only this one
   * @return what was taken back, at least one
   */
  public List<IssuedCertificate> revoke(String name, Optional<BigInteger> serial)
      throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      latest(open, name);
      List<IssuedCertificate> meant = open.state().issued().stream()
          .filter(c -> c.name().equals(name) && !c.isExpired(open.now()))
          .filter(c -> serial.isEmpty() || serial.get().equals(c.serial()))
          .toList();
      List<BigInteger> wanted = meant.stream()
          .filter(c -> !c.isRevoked())
          .map(IssuedCertificate::serial)
          .toList();
      if (wanted.isEmpty()) {
        if (!meant.isEmpty() && open.finishRevocation()) {
          return meant;
        }
        throw new PkiException(
            Reason.UNKNOWN_SERIAL,
            "identity \"" + name + "\" has no certificate to revoke"
                + serial.map(number -> " with serial " + number.toString(16)).orElse("")
                + " (expired and revoked ones do not count)");
      }
      open.revoke(wanted);
      return open.state().issued().stream()
          .filter(c -> wanted.contains(c.serial()))
          .toList();
    }
  }

  /**
   * Signs a fresh revocation list, and hands it to every identity.
   *
   * @return when the next one is due
   */
  public Instant refreshCrl() throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      open.publishCrl();
      return open.now().plus(RevocationList.LIFETIME);
    }
  }

  /** What was issued, oldest first. What expired more than 30 days ago is forgotten. */
  public List<IssuedCertificate> list() throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      return open.state().issued();
    }
  }

  /** Takes the next step of replacing the root: see {@link Rotation}. */
  public Rotation rotate() throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      return Rotation.next(open);
    }
  }

  /**
   * Makes the identity directories what an inventory says: issues what is missing or is not whole, renews what is due,
   * leaves the rest. Doing it again does nothing. A revoked identity is left alone; {@link #renew} brings it back.
   */
  public List<Applied> apply(Inventory inventory) throws IOException, PkiException {
    return apply(inventory, applied -> {});
  }

  /** Does that, and tells of each identity as soon as its files are in place. */
  public List<Applied> apply(Inventory inventory, Consumer<? super Applied> progress)
      throws IOException, PkiException {
    try (OpenAuthority open = begin()) {
      return Applied.all(inventory, open, progress);
    }
  }

  private static IssuedCertificate latest(OpenAuthority open, String name) throws PkiException {
    Optional<IssuedCertificate> latest = open.state().latest(name);
    if (latest.isEmpty()) {
      throw new PkiException(
          Reason.UNKNOWN_NAME,
          "identity " + Quoted.of(name) + " is unknown (known: "
              + String.join(
                  ", ",
                  open.state().latest().stream().map(IssuedCertificate::name).toList())
              + ")");
    }
    return latest.get();
  }

  private OpenAuthority begin() throws IOException, PkiException {
    return OpenAuthority.open(directory, clock.instant());
  }
}
