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

  /**
   * The end of the first list that was relied on, with its grace.
   *
   * @param path from the leaf to its anchor, both included
   */
  Instant requireNotRevoked(List<X509Certificate> path, Instant now) throws PeerRefusedException {
    Instant end = Instant.MAX;
    if (lists.isEmpty()) {
      return end;
    }
    for (int i = 0; i + 1 < path.size(); i++) {
      Instant listEnd = requireNotRevoked(path.get(i), path.get(i + 1), now);
      end = listEnd.isBefore(end) ? listEnd : end;
    }
    return end;
  }

  private Instant requireNotRevoked(
      X509Certificate certificate, X509Certificate issuer, Instant now)
      throws PeerRefusedException {
    Instant end = Instant.MIN;
    List<String> unusable = new ArrayList<>();
    for (CompactCrl list : lists) {
      if (!speaksFor(list, certificate)
          || !list.issuer().equals(issuer.getSubjectX500Principal())
          || !isSignedBy(list, issuer.getPublicKey())) {
        continue;
      }
      if (list.contains(certificate.getSerialNumber())) {
        throw new PeerRefusedException(
            Reason.REVOKED,
            "certificate " + Printable.serial(certificate) + " of " + Printable.subject(certificate)
                + " was revoked");
      }
      Instant listEnd = endOf(list);
      if (now.isBefore(list.thisUpdate())) {
        unusable.add("one begins " + list.thisUpdate());
      } else if (now.isAfter(listEnd)) {
        unusable.add("one ended " + listEnd);
      } else if (listEnd.isAfter(end)) {
        end = listEnd;
      }
    }
    if (end.equals(Instant.MIN)) {
      throw new PeerRefusedException(
          Reason.REVOCATION_UNKNOWN,
          "no usable revocation list of " + Printable.subject(issuer) + " for certificate "
              + Printable.serial(certificate) + ": "
              + (unusable.isEmpty() ? "none is signed by it" : String.join(", ", unusable)));
    }
    return end;
  }

  private static boolean speaksFor(CompactCrl list, X509Certificate certificate) {
    boolean authority = certificate.getBasicConstraints() >= 0;
    return switch (list.scope()) {
      case ALL -> true;
      case LEAVES -> !authority;
      case AUTHORITIES -> authority;
    };
  }

  private boolean isSignedBy(CompactCrl list, PublicKey key) {
    return signatures.computeIfAbsent(new Signer(list, key), RevocationLists::verifies);
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
