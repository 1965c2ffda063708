package dev.countersign.credentials;

import dev.countersign.identity.TrustDomain;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/**
 * What a source of key material says about whom to believe.
 *
 * @param own the anchors of our own trust domain
 * @param federated the anchors of others
 * @param revocation the revocation lists
 */
record TrustContent(
    List<X509Certificate> own,
    Map<TrustDomain, List<X509Certificate>> federated,
    RevocationLists revocation) {

  static TrustContent of(TrustState trust) {
    return new TrustContent(trust.anchors().own(), trust.anchors().federated(), trust.revocation());
  }
}
