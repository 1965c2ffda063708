package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.pem.CompactCrl;
import dev.countersign.pem.PemException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The certificate revocation lists in use (RFC 5280 section 5). Where there are any, every certificate of a path needs a
 * list of its issuer that is signed by it and not out of date; otherwise the peer is refused. Where there are none,
 * revocation is not looked at.
 */
final class RevocationLists {
  /** No lists: nothing is looked at. */
  static final RevocationLists NONE = new RevocationLists(List.of(), "");

  /** How long after its nextUpdate a list still counts, so that a late writer does not stop a service. */
  static final Duration GRACE = Duration.ofHours(1);

  private static final int CRL_SIGN = 6;

  private final List<CompactCrl> lists;
  private final String digest;
  private final Map<Signer, Boolean> signatures = new ConcurrentHashMap<>();

  private record Signer(CompactCrl list, PublicKey key) {}

  private RevocationLists(List<CompactCrl> lists, String digest) {
    this.lists = lists;
    this.digest = digest;
  }

  static RevocationLists parse(String source, byte[] bytes) throws PemException {
    return new RevocationLists(
        List.copyOf(CompactCrl.parseAll(source, bytes)), PresentedChain.sha256Hex(bytes));
  }

  boolean sameAs(RevocationLists other) {
    return digest.equals(other.digest);
  }

  /** The time in which every list that was relied on counts. */
  record Window(Instant from, Instant until) {
    static final Window ALWAYS = new Window(Instant.MIN, Instant.MAX);

    private Window and(Window other) {
      return new Window(
          from.isAfter(other.from) ? from : other.from,
          until.isBefore(other.until) ? until : other.until);
    }
  }

  /**
   * Checks the signatures of the lists of these authorities, so that no handshake has to wait for it: a list may be
   * large. Lists of others are checked when they are asked.
   */
  void checkSignaturesOf(TrustAnchors anchors, List<X509Certificate> chain) {
    List<X509Certificate> issuers = new ArrayList<>(anchors.own());
    anchors.federated().values().forEach(issuers::addAll);
    issuers.addAll(chain);
    for (CompactCrl list : lists) {
      issuers.forEach(issuer -> isOf(list, issuer));
    }
  }

  /**
   * The time in which the answer stays the same.
   *
   * @param path from the leaf to its anchor, both included
   * @throws PeerRefusedException if a certificate below the anchor was revoked, or nothing says that it was not
   */
  Window requireNotRevoked(List<X509Certificate> path, Instant now) throws PeerRefusedException {
    Window window = Window.ALWAYS;
    if (lists.isEmpty()) {
      return window;
    }
    for (int i = 0; i + 1 < path.size(); i++) {
      window = window.and(requireNotRevoked(path.get(i), path.get(i + 1), now));
    }
    return window;
  }

  private Window requireNotRevoked(X509Certificate certificate, X509Certificate issuer, Instant now)
      throws PeerRefusedException {
    Window best = null;
    List<String> unusable = new ArrayList<>();
    for (CompactCrl list : lists) {
      if (!speaksFor(list, certificate) || !isOf(list, issuer)) {
        continue;
      }
      if (list.contains(certificate.getSerialNumber())) {
        throw new PeerRefusedException(
            Reason.REVOKED,
            "certificate " + CertificateText.serial(certificate) + " of "
                + CertificateText.subject(certificate) + " was revoked");
      }
      Window window = new Window(list.thisUpdate(), endOf(list));
      if (now.isBefore(window.from())) {
        unusable.add("one begins " + window.from());
      } else if (now.isAfter(window.until())) {
        unusable.add("one ended " + window.until());
      } else if (best == null || window.until().isAfter(best.until())) {
        best = window;
      }
    }
    if (best == null) {
      throw new PeerRefusedException(
          Reason.REVOCATION_UNKNOWN,
          "no usable revocation list of " + CertificateText.subject(issuer) + " for certificate "
              + CertificateText.serial(certificate) + ": "
              + (unusable.isEmpty() ? "none is signed by it" : String.join(", ", unusable))
              + " (this host's clock says " + now + ")");
    }
    return best;
  }

  /** Whether an authority signed a list about its own certificates, and may (RFC 5280 section 6.3.3 (f)). */
  private boolean isOf(CompactCrl list, X509Certificate issuer) {
    boolean[] usage = issuer.getKeyUsage();
    return list.issuer().equals(issuer.getSubjectX500Principal())
        && (usage == null || usage[CRL_SIGN])
        && signatures.computeIfAbsent(
            new Signer(list, issuer.getPublicKey()), RevocationLists::verifies);
  }

  private static boolean speaksFor(CompactCrl list, X509Certificate certificate) {
    boolean authority = certificate.getBasicConstraints() >= 0;
    return switch (list.scope()) {
      case ALL -> true;
      case LEAVES -> !authority;
      case AUTHORITIES -> authority;
    };
  }

  private static boolean verifies(Signer signer) {
    try {
      signer.list().verify(signer.key());
      return true;
    } catch (PemException e) {
      return false;
    }
  }

  private static Instant endOf(CompactCrl list) {
    Instant next = list.nextUpdate();
    return next == null ? Instant.MAX : next.plus(GRACE);
  }
}
