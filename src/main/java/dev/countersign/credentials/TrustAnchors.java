package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.text.Quoted;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which authorities may speak for which trust domain (gRFC A87). A leaf's SPIFFE id chooses the anchors that it is
 * verified against, so that an authority of one domain cannot issue ids of another. A leaf without a SPIFFE id is
 * verified against our own.
 *
 * @param ownDomain the trust domain of our own anchors; null if our own certificate names none, and then they vouch for
 *     every domain that is not in {@code federated}
 * @param own our own anchors, at least one
 * @param federated the anchors of other trust domains
 */
public record TrustAnchors(
    @Nullable TrustDomain ownDomain,
    List<X509Certificate> own,
    Map<TrustDomain, List<X509Certificate>> federated) {

  /** Anchors; the collections are copied. */
  public TrustAnchors {
    own = List.copyOf(own);
    Map<TrustDomain, List<X509Certificate>> copy = new HashMap<>();
    federated.forEach((domain, anchors) -> copy.put(domain, List.copyOf(anchors)));
    federated = Map.copyOf(copy);
    if (own.isEmpty()) {
      throw new IllegalArgumentException(
          "trust anchors are missing (expected at least one certificate)");
    }
    if (ownDomain != null && federated.containsKey(ownDomain)) {
      throw new IllegalArgumentException(
          "trust domain " + ownDomain + " is our own and cannot be federated");
    }
  }

  /** The anchors for a leaf with these names. */
  List<X509Certificate> forPeer(List<Principal> names) throws PeerRefusedException {
    if (!(names.get(0) instanceof SpiffeId id)) {
      return own;
    }
    List<X509Certificate> other = federated.get(id.trustDomain());
    if (other != null) {
      return other;
    }
    if (ownDomain != null && !ownDomain.equals(id.trustDomain())) {
      throw new PeerRefusedException(
          Reason.UNKNOWN_TRUST_DOMAIN,
          "trust domain of " + Quoted.of(id.name()) + " has no anchors here (known: " + known()
              + ")");
    }
    return own;
  }

  /** Whether the anchors for a leaf with these names are those of another trust domain. */
  boolean isFederated(List<Principal> names) {
    return names.get(0) instanceof SpiffeId id && federated.containsKey(id.trustDomain());
  }

  private String known() {
    StringBuilder names = new StringBuilder(String.valueOf(ownDomain));
    federated.keySet().stream()
        .map(TrustDomain::name)
        .sorted()
        .forEach(name -> names.append(", ").append(name));
    return names.toString();
  }
}
