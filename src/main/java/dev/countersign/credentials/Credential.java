package dev.countersign.credentials;

import dev.countersign.identity.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What we present: a certificate chain and the private key that goes with it, shown to belong together. Printing one
 * shows the certificate only.
 */
public final class Credential {
  private final List<X509Certificate> chain;
  private final PrivateKey key;
  private final List<Principal> names;

  Credential(List<X509Certificate> chain, PrivateKey key, List<Principal> names) {
    this.chain = List.copyOf(chain);
    this.key = key;
    this.names = List.copyOf(names);
  }

  /** The leaf, then its intermediates. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** Who we say we are. */
  public List<Principal> names() {
    return names;
  }

  /** Until when the leaf is valid. */
  public Instant notAfter() {
    return chain.get(0).getNotAfter().toInstant();
  }

  PrivateKey key() {
    return key;
  }

  boolean sameAs(Credential other) {
    return chain.equals(other.chain) && key.equals(other.key);
  }

  @Override
  public String toString() {
    X509Certificate leaf = chain.get(0);
    return names.get(0) + " (serial " + CertificateText.serial(leaf) + ", until " + notAfter()
        + ")";
  }
}
