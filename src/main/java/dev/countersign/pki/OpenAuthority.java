package dev.countersign.pki;

import dev.countersign.files.AtomicFile;
import dev.countersign.files.DirectoryLock;
import dev.countersign.files.FileProblem;
import dev.countersign.files.FileSet;
import dev.countersign.identity.DnsName;
import dev.countersign.pem.CompactCrl;
import dev.countersign.pem.PemException;
import dev.countersign.pki.PkiException.Reason;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An authority while nobody else may change it: holds the lock of its directory from opening to closing, and the state as
 * it is on disk.
 */
final class OpenAuthority implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path base;
  private final AuthorityDirectory directory;
  private final DirectoryLock lock;
  private final Instant now;
  private AuthorityState state;
  private @Nullable Authority issuing;

  private OpenAuthority(
      Path base,
      AuthorityDirectory directory,
      DirectoryLock lock,
      Instant now,
      AuthorityState state) {
    this.base = base;
    this.directory = directory;
    this.lock = lock;
    this.now = now;
    this.state = state;
  }

  static OpenAuthority open(Path base, Instant now) throws IOException, PkiException {
    AuthorityDirectory directory = new AuthorityDirectory(base);
    if (!directory.hasState()) {
      throw new PkiException(
          Reason.NO_AUTHORITY,
          "directory " + Quoted.of(base.toString())
              + " holds no authority (expected ca/state); make one with init");
    }
    DirectoryLock lock = DirectoryLock.acquire(directory.path(), PATIENCE);
    boolean open = false;
    try {
      AtomicFile.deleteLeftovers(directory.path());
      OpenAuthority authority =
          new OpenAuthority(base, directory, lock, now, directory.readState());
      open = true;
      return authority;
    } finally {
      if (!open) {
        lock.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  AuthorityState state() {
    return state;
  }

  AuthorityDirectory directory() {
    return directory;
  }

  Instant now() {
    return now;
  }

  IdentityDirectory identity(String name) {
    return new IdentityDirectory(base.resolve(name));
  }

  /** Issues with a key made here. */
  IssuedCertificate issue(IdentityRequest request) throws IOException, PkiException {
    requirePermitted(request.requireComplete());
    KeyPair keys = request.key().generate();
    return issue(request, keys.getPublic(), keys.getPrivate());
  }

  /** Issues for a key that is held elsewhere. */
  IssuedCertificate issueFor(PublicKey key, IdentityRequest request)
      throws IOException, PkiException {
    requirePermitted(request.requireComplete());
    IdentityDirectory identity = identity(request.name());
    if (identity.hasKey() && !identity.holdsKeyOf(key)) {
      throw new PkiException(
          Reason.KEY_ELSEWHERE,
          "directory " + Quoted.of(base.resolve(request.name()).toString())
              + " holds a tls.key of another certificate; move it away first");
    }
    return issue(request, key, null);
  }

  private IssuedCertificate issue(
      IdentityRequest request, PublicKey publicKey, @Nullable PrivateKey privateKey)
      throws IOException, PkiException {
    Authority authority = issuing();
    X509Certificate issuer = authority.intermediate().certificate();
    X509Certificate leaf = new CertificateMint(state.trustDomain(), now)
        .leaf(request, publicKey, authority.intermediate(), end(request, issuer));
    IssuedCertificate issued = new IssuedCertificate(
        leaf.getSerialNumber(),
        request,
        leaf.getNotBefore().toInstant(),
        leaf.getNotAfter().toInstant(),
        authority.generation(),
        privateKey == null,
        Optional.empty());
    // Remembered before it can be used, so that there is never a certificate that nobody can
    // revoke.
    try (FileSet.Ready files =
        identity(request.name()).prepare(List.of(leaf, issuer), privateKey, trust())) {
      save(state.withIssued(issued, now));
      files.replace();
    }
    return issued;
  }

  /** When a leaf ends: as asked, but never after its issuer. */
  private Instant end(IdentityRequest request, X509Certificate issuer) throws PkiException {
    Instant last = issuer.getNotAfter().toInstant();
    Instant wanted = now.plus(request.validFor()).truncatedTo(ChronoUnit.SECONDS);
    Instant end = wanted.isBefore(last) ? wanted : last;
    if (!end.isAfter(now)) {
      throw new PkiException(
          Reason.AUTHORITY_EXPIRED,
          "issuing certificate " + Quoted.of(issuer.getSubjectX500Principal().getName())
              + " expired " + last + " (now " + now + "); replace it with rotate");
    }
    return end;
  }

  private void requirePermitted(IdentityRequest request) throws PkiException {
    if (request.spiffeId().isPresent()) {
      request.spiffeId().get().requireWorkload();
      if (!request.spiffeId().get().trustDomain().equals(state.trustDomain())) {
        throw new PkiException(
            Reason.OTHER_TRUST_DOMAIN,
            "identity \"" + request.name() + "\" is of trust domain \""
                + request.spiffeId().get().trustDomain() + "\" (this authority issues for \""
                + state.trustDomain() + "\")");
      }
    }
    for (DnsName host : request.dnsNames()) {
      if (!state.dnsDomains().isEmpty()
          && state.dnsDomains().stream().noneMatch(domain -> isWithin(host, domain))) {
        throw new PkiException(
            Reason.NAME_NOT_PERMITTED,
            "identity \"" + request.name() + "\" has a DNS name that this authority may not"
                + " certify: \"" + host + "\" (allowed: " + state.dnsDomains()
                + " and what is below)");
      }
    }
  }

  private static boolean isWithin(DnsName host, DnsName domain) {
    return host.equals(domain) || host.name().endsWith("." + domain.name());
  }

  /** Takes certificates back and tells everyone. */
  void revoke(List<BigInteger> serials) throws IOException, PkiException {
    save(state.withRevoked(serials, now.truncatedTo(ChronoUnit.SECONDS)));
    publishCrl();
  }

  /**
   * Does what a revocation that was cut off, by a full disk say, left undone.
   *
   * @return false if there was nothing to do
   */
  boolean finishRevocation() throws IOException, PkiException {
    if (listsLackRevoked()) {
      publishCrl();
      return true;
    }
    IdentityDirectory.Trust trust = trust();
    for (IdentityDirectory identity : identities().values()) {
      if (!identity.holds(trust)) {
        writeTrustEverywhere();
        return true;
      }
    }
    return false;
  }

  /** Whether something was taken back that the lists do not hold, or that nobody can tell because they cannot be read. */
  boolean listsLackRevoked() throws IOException {
    List<IssuedCertificate> revoked = state.trusted().stream()
        .flatMap(generation -> state.revoked(generation, now).stream())
        .toList();
    if (revoked.isEmpty()) {
      return false;
    }
    try {
      List<CompactCrl> lists =
          CompactCrl.parseAll("crl.pem", AuthorityDirectory.bytes(directory.readCrl()));
      return !revoked.stream()
          .allMatch(
              certificate -> lists.stream().anyMatch(list -> list.contains(certificate.serial())));
    } catch (FileProblem | PemException e) {
      return true;
    }
  }

  /** Signs new revocation lists of every trusted generation and hands them to every identity. */
  void publishCrl() throws IOException, PkiException {
    AuthorityState next = state.withNextCrl();
    StringBuilder lists = new StringBuilder();
    for (int generation : next.trusted()) {
      lists.append(RevocationList.pem(
          directory.readAuthority(generation),
          next.crlNumber(),
          now,
          next.revoked(generation, now)));
    }
    // The number is used up before the list is seen: no two lists ever have the same.
    save(next);
    directory.writeCrl(lists.toString());
    writeTrustEverywhere();
  }

  /** When the revocation lists were signed; the epoch if they cannot be read, so that they are signed again. */
  Instant crlTime() throws IOException {
    try {
      return CompactCrl.parseAll("crl.pem", AuthorityDirectory.bytes(directory.readCrl()))
          .get(0)
          .thisUpdate()
          .plus(CertificateMint.BACKDATED);
    } catch (FileProblem | PemException e) {
      return Instant.EPOCH;
    }
  }

  /**
   * Writes the current anchors and revocation lists into every identity directory that exists. One that cannot be written
   * does not keep them from the others.
   */
  List<String> writeTrustEverywhere() throws IOException, PkiException {
    IdentityDirectory.Trust trust = trust();
    Map<String, IdentityDirectory> identities = identities();
    List<String> failed = new ArrayList<>();
    identities.forEach((name, identity) -> {
      try {
        identity.writeTrust(trust);
      } catch (FileProblem e) {
        failed.add(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        failed.add("directory " + Quoted.of(base.resolve(name).toString()) + " cannot be written: "
            + Quoted.of(e.toString()));
      }
    });
    if (!failed.isEmpty()) {
      throw new PkiException(
          Reason.NOT_DELIVERED,
          failed.size() + " of " + identities.size()
              + " identity directories did not get the present anchors and revocation lists: "
              + String.join("; ", failed) + "; mend them and run apply");
    }
    return List.copyOf(identities.keySet());
  }

  private Map<String, IdentityDirectory> identities() {
    Map<String, IdentityDirectory> existing = new LinkedHashMap<>();
    for (IssuedCertificate certificate : state.latest()) {
      IdentityDirectory identity = identity(certificate.name());
      if (identity.exists()) {
        existing.put(certificate.name(), identity);
      }
    }
    return existing;
  }

  private IdentityDirectory.Trust trust() throws IOException, PkiException {
    List<X509Certificate> anchors = new ArrayList<>();
    for (int generation : state.trusted()) {
      anchors.add(directory.readRoot(generation));
    }
    return new IdentityDirectory.Trust(
        ForgedCertificate.pem(anchors), state.hasCrl() ? directory.readCrl() : null);
  }

  /** Adds a generation that is trusted and does not issue yet. */
  void addGeneration(int generation) throws IOException {
    Authority next = new CertificateMint(state.trustDomain(), now)
        .authority(generation, state.key(), state.dnsDomains());
    List<Integer> trusted = new ArrayList<>(state.trusted());
    trusted.add(generation);
    AuthorityState after = state.withGenerations(trusted, state.issuing());
    directory.writeAuthority(next, after);
    state = after;
  }

  void setGenerations(List<Integer> trusted, int issuingGeneration) throws IOException {
    save(state.withGenerations(trusted, issuingGeneration));
    issuing = null;
  }

  /** Deletes the keys of roots that are not trusted: of one that was dropped, or was never finished before a crash. */
  void dropUntrusted() throws IOException {
    directory.keepAuthorities(state.trusted());
  }

  private Authority issuing() throws IOException, PkiException {
    Authority known = issuing;
    if (known == null) {
      known = directory.readAuthority(state.issuing());
      issuing = known;
    }
    return known;
  }

  private void save(AuthorityState next) throws IOException {
    directory.writeState(next);
    state = next;
  }
}
