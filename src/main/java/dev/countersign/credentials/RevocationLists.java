package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.pem.CompactCrl;
import dev.countersign.pem.PemException;
import dev.countersign.text.Quoted;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;

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

  /** How long before its thisUpdate a list counts already: two clocks are seldom the same. */
  static final Duration EARLY = Duration.ofMinutes(5);

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

  /** Several files' lists as one. */
  static RevocationLists together(List<RevocationLists> parts) {
    return new RevocationLists(
        parts.stream().flatMap(part -> part.lists.stream()).toList(),
        parts.stream().map(part -> part.digest).collect(Collectors.joining(" ")));
  }

  boolean sameAs(RevocationLists other) {
    return digest.equals(other.digest);
  }

  /** By authority, when its next list is due; without those that do not say. */
  Map<String, Instant> due() {
    Map<String, Instant> due = new TreeMap<>();
    for (CompactCrl list : lists) {
      Instant next = list.nextUpdate();
      if (next != null) {
        due.merge(list.issuer().getName(), next, (one, other) -> one.isAfter(other) ? one : other);
      }
    }
    return due;
  }

  /**
   * What is wrong with these lists as successors of others: those of an authority have not begun or are out of date, and
   * those before are good, so that taking these up would only cut peers off.
   */
  Set<String> worseThan(RevocationLists before, Instant now) {
    Set<String> problems = new LinkedHashSet<>();
    for (boolean authorities : new boolean[] {false, true}) {
      Set<X500Principal> lost = before.usable(authorities, now);
      lost.removeAll(usable(authorities, now));
      for (CompactCrl list : lists) {
        if (speaksFor(list, authorities) && lost.contains(list.issuer())) {
          problems.add("revocation list of " + Quoted.of(list.issuer().getName())
              + " cannot be used: it " + whyUnusable(list, now) + " (this host's clock says " + now
              + "); the one in use is good");
        }
      }
    }
    return problems;
  }

  /** The authorities about whose certificates there is a list that counts now. */
  private Set<X500Principal> usable(boolean authorities, Instant now) {
    return lists.stream()
        .filter(list -> speaksFor(list, authorities) && Window.of(list).contains(now))
        .map(CompactCrl::issuer)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static String whyUnusable(CompactCrl list, Instant now) {
    Window window = Window.of(list);
    return now.isBefore(window.from()) ? "begins " + list.thisUpdate() : "ended " + window.until();
  }

  /** The time in which every list that was relied on counts. */
  record Window(Instant from, Instant until) {
    static final Window ALWAYS = new Window(Instant.MIN, Instant.MAX);

    static Window of(CompactCrl list) {
      Instant next = list.nextUpdate();
      return new Window(
          list.thisUpdate().minus(EARLY), next == null ? Instant.MAX : next.plus(GRACE));
    }

    boolean contains(Instant now) {
      return !now.isBefore(from) && !now.isAfter(until);
    }

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
      if (!speaksFor(list, certificate.getBasicConstraints() >= 0) || !isOf(list, issuer)) {
        continue;
      }
      if (list.contains(certificate.getSerialNumber())) {
        throw new PeerRefusedException(
            Reason.REVOKED,
            "certificate " + CertificateText.serial(certificate) + " of "
                + CertificateText.subject(certificate) + " was revoked");
      }
      Window window = Window.of(list);
      if (!window.contains(now)) {
        unusable.add("one " + whyUnusable(list, now));
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

  private static boolean speaksFor(CompactCrl list, boolean authorities) {
    return switch (list.scope()) {
      case ALL -> true;
      case LEAVES -> !authorities;
      case AUTHORITIES -> authorities;
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
}
