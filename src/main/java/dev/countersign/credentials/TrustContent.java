package dev.countersign.credentials;

import dev.countersign.identity.TrustDomain;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;

/**
 * What a source of key material says about whom to believe.
 *
 * @param own the anchors of our own trust domain
 * @param federated the anchors of others
 * @param sequences the highest {@code spiffe_sequence} so far of each trust domain whose bundle had one
 * @param revocation the revocation lists
 */
record TrustContent(
    List<X509Certificate> own,
    Map<TrustDomain, List<X509Certificate>> federated,
    Map<TrustDomain, BigInteger> sequences,
    RevocationLists revocation) {
  static final TrustContent NOTHING =
      new TrustContent(List.of(), Map.of(), Map.of(), RevocationLists.NONE);
}
