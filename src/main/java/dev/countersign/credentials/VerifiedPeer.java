package dev.countersign.credentials;

import dev.countersign.identity.PeerIdentity;
import io.grpc.Attributes;
import java.time.Instant;

/**
 * A peer whose chain a {@link TrustState} has verified: who it is, and until when that may be believed without asking
 * again. Only a trust state makes one, or the ALTS handshaker's word.
 */
public final class VerifiedPeer {
  private final PeerIdentity identity;
  private final long generation;
  private final Instant validFrom;
  private final Instant validUntil;
  private final boolean isFederated;

  VerifiedPeer(
      PeerIdentity identity,
      long generation,
      Instant validFrom,
      Instant validUntil,
      boolean isFederated) {
    this.identity = identity;
    this.generation = generation;
    this.validFrom = validFrom;
    this.validUntil = validUntil;
    this.isFederated = isFederated;
  }

  /**
   * The peer of an ALTS connection that is ready; what the handshaker said holds as long as the connection.
   *
   * @param attributes the transport's
   * @throws PeerRefusedException if it is not an ALTS connection, or its peer has no valid service account
   */
  public static VerifiedPeer ofAlts(Attributes attributes) throws PeerRefusedException {
    return AltsPeer.of(attributes);
  }

  /** Who the peer proved to be. */
  public PeerIdentity identity() {
    return identity;
  }

  /** The generation of the trust state that said so. */
  public long generation() {
    return generation;
  }

  /** The last instant at which this holds: the first end among the chain's certificates and the revocation lists. */
  public Instant validUntil() {
    return validUntil;
  }

  /** Whether an authority of another trust domain vouches for it, and so for its SPIFFE id only. */
  boolean isFederated() {
    return isFederated;
  }

  /** Whether this holds at an instant; if not, the trust state has to be asked again. */
  boolean isValidAt(Instant now) {
    return !now.isBefore(validFrom) && !now.isAfter(validUntil);
  }
}
