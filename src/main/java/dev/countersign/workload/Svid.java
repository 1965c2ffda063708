package dev.countersign.workload;

import dev.countersign.text.Quoted;

/**
 * One identity as an agent hands it out, not looked at yet. Printing one shows its name only: it holds a private key.
 * Equality is identity.
 */
public final class Svid {
  private final String spiffeId;
  private final byte[] certificates;
  private final byte[] privateKey;
  private final byte[] bundle;

  /**
   * An identity; the arrays are not copied.
   *
   * @param spiffeId its name, as the agent says
   * @param certificates the leaf, then its intermediates, in DER without anything between them
   * @param privateKey the leaf's private key, in PKCS#8
   * @param bundle the authorities of its trust domain, in DER without anything between them
   */
  public Svid(String spiffeId, byte[] certificates, byte[] privateKey, byte[] bundle) {
    this.spiffeId = spiffeId;
    this.certificates = certificates;
    this.privateKey = privateKey;
    this.bundle = bundle;
  }

  /** Its name, as the agent says. */
  public String spiffeId() {
    return spiffeId;
  }

  /** The leaf, then its intermediates, in DER. */
  public byte[] certificates() {
    return certificates;
  }

  /** The leaf's private key, in PKCS#8. */
  public byte[] privateKey() {
    return privateKey;
  }

  /** The authorities of its trust domain, in DER. */
  public byte[] bundle() {
    return bundle;
  }

  @Override
  public String toString() {
    return Quoted.of(spiffeId);
  }
}
