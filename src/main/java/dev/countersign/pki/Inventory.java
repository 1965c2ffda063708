package dev.countersign.pki;

import dev.countersign.identity.TrustDomain;
import java.util.List;

/**
 * The identities that a trust domain should have.
 *
 * @param trustDomain the trust domain
 * @param identities what to issue, in the order of the file
 */
public record Inventory(TrustDomain trustDomain, List<IdentityRequest> identities) {
  /** An inventory; the list is copied. */
  public Inventory {
    identities = List.copyOf(identities);
  }

  /**
   * Reads an inventory in YAML, strictly: every key is known, none stands twice, every value can be used.
   *
   * <pre>{@code
   * trust_domain: example.org
   * identities:
   *   - name: server
   *     spiffe: spiffe://example.org/ns/demo/sa/server
   *     dns: [localhost]
   *     ip: [127.0.0.1]
   *     profile: peer         # server, client or peer (default)
   *     valid_for: 24h        # s, m, h or d; default 24h
   *     key: ecdsa-p256       # ecdsa-p256 (default), ecdsa-p384 or rsa-3072
   * }</pre>
   *
   * @param source the file, as an error names it
   * @throws InventoryException with everything that is wrong with it
   */
  public static Inventory parse(String source, byte[] yaml) throws InventoryException {
    return new InventoryReader(source).read(yaml);
  }
}
