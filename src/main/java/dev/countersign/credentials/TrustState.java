package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.PeerIdentity.Mechanism;
import dev.countersign.identity.Principal;
import dev.countersign.identity.Proof;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.x500.X500Principal;

/**
 * Whom we believe, at one moment: the trust anchors, the revocation lists and the clock. Immutable; a change makes a
 * new one with the next generation. Verifying is independent of what a TLS engine checked or remembered, and the same
 * chain is verified in full only once per state while it is valid; the clock is asked every time. Safe for use by
 * several threads. Every doubt is a refusal.
 */
public final class TrustState {
  private static final int MAX_REMEMBERED = 20_000;

  private final long generation;
  private final TrustAnchors anchors;
  private final RevocationLists revocation;
  private final InstantSource clock;
  private final Map<Question, VerifiedPeer> verified = new ConcurrentHashMap<>();

  // A path that was found stays one for as long as its last certificate is an anchor: all states of
  // a source share them, so that a change does not cost the signatures of every open connection's
  // certificates again.
  private final KnownPaths paths;

  /** What was presented, and as what. */
  record Question(Role role, String digest) {}

  TrustState(
      long generation, TrustAnchors anchors, RevocationLists revocation, InstantSource clock) {
    this(generation, anchors, revocation, clock, new KnownPaths());
  }

  private TrustState(
      long generation,
      TrustAnchors anchors,
      RevocationLists revocation,
      InstantSource clock,
      KnownPaths paths) {
    this.generation = generation;
    this.anchors = anchors;
    this.revocation = revocation;
    this.clock = clock;
    this.paths = paths;
  }

  /** The state that comes after this one. */
  TrustState followedBy(TrustAnchors nextAnchors, RevocationLists nextRevocation) {
    return new TrustState(generation + 1, nextAnchors, nextRevocation, clock, paths);
  }

  /** A state without revocation lists, for tests and for those who keep trust elsewhere. */
  public static TrustState of(TrustAnchors anchors, InstantSource clock) {
    return new TrustState(1, anchors, RevocationLists.NONE, clock);
  }

  /** Counts the states of one source, upwards. */
  public long generation() {
    return generation;
  }

  /** The anchors. */
  public TrustAnchors anchors() {
    return anchors;
  }

  RevocationLists revocation() {
    return revocation;
  }

  boolean sameMaterialAs(TrustState other) {
    return anchors.equals(other.anchors) && revocation.sameAs(other.revocation);
  }

  /** By the subject of each authority with a revocation list, when its next one is due. */
  public Map<String, Instant> listsDue() {
    return revocation.due();
  }

  /**
   * Verifies what a peer presented.
   *
   * @param chain what it presented
   * @param role what the peer acts as
   * @throws PeerRefusedException if anything about it does not hold now
   */
  public VerifiedPeer verify(PresentedChain chain, Role role) throws PeerRefusedException {
    Instant now = clock.instant();
    Question question = new Question(role, chain.digest());
    VerifiedPeer known = verified.get(question);
    if (known != null && known.isValidAt(now)) {
      return known;
    }
    // Not valid any more by the path that was found: there may be another, to a newer anchor or
    // list.
    VerifiedPeer peer = verifyInFull(question, chain, now);
    if (verified.size() >= MAX_REMEMBERED) {
      verified.clear();
    }
    verified.put(question, peer);
    return peer;
  }

  private VerifiedPeer verifyInFull(Question question, PresentedChain presented, Instant now)
      throws PeerRefusedException {
    List<X509Certificate> known = paths.get(question);
    X509Certificate leaf = known == null ? presented.certificates().get(0) : known.get(0);
    try {
      List<Principal> names = namesOf(leaf);
      List<X509Certificate> authorities = anchors.forPeer(names);
      List<X509Certificate> path = known != null
              && authorities.contains(known.get(known.size() - 1))
              && areValidAt(now, known)
          ? known
          : newPath(question, presented, authorities, now);
      RevocationLists.Window lists = revocation.requireNotRevoked(path, now);
      Instant from = lists.from();
      Instant until = lists.until();
      for (X509Certificate certificate : path) {
        from = later(from, certificate.getNotBefore().toInstant());
        until = earlier(until, certificate.getNotAfter().toInstant());
      }
      return new VerifiedPeer(
          new PeerIdentity(Mechanism.MUTUAL_TLS, names, proofOf(leaf)),
          generation,
          from,
          until,
          anchors.isFederated(names));
    } catch (PeerRefusedException e) {
      throw e.presenting(leaf);
    }
  }

  private List<X509Certificate> newPath(
      Question question, PresentedChain presented, List<X509Certificate> authorities, Instant now)
      throws PeerRefusedException {
    List<X509Certificate> chain = presented.certificates();
    List<X509Certificate> path = PathCheck.pathTo(authorities, chain, now);
    LeafCheck.requireLeafFor(question.role(), chain.get(0));
    return paths.keep(question, path);
  }

  private static boolean areValidAt(Instant now, List<X509Certificate> path) {
    for (X509Certificate certificate : path) {
      if (now.isBefore(certificate.getNotBefore().toInstant())
          || now.isAfter(certificate.getNotAfter().toInstant())) {
        return false;
      }
    }
    return true;
  }

  private static List<Principal> namesOf(X509Certificate leaf) throws PeerRefusedException {
    try {
      return CertificateNames.of(leaf);
    } catch (IdentityException e) {
      throw new PeerRefusedException(
          Reason.BAD_NAME,
          "leaf " + CertificateText.serial(leaf) + " names no peer: " + e.getMessage(),
          e);
    }
  }

  private static Proof proofOf(X509Certificate leaf) {
    return new Proof.Certificate(
        CertificateText.serial(leaf),
        PresentedChain.fingerprint(leaf),
        leaf.getIssuerX500Principal().getName(X500Principal.RFC2253),
        leaf.getNotBefore().toInstant(),
        leaf.getNotAfter().toInstant());
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
