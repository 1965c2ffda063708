package dev.countersign.guard;

import dev.countersign.credentials.Connection;
import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.credentials.PresentedChain;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TrustSource;
import dev.countersign.credentials.TrustState;
import dev.countersign.credentials.VerifiedPeer;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.policy.Decision;
import dev.countersign.policy.RequestHeaders;
import io.grpc.Attributes;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * One connection that is ready for calls: who the peer proved to be under the present trust, and what the present policy
 * says about the methods it has called. Both are worked out again when their generation has moved.
 */
final class GuardedConnection {
  static final Attributes.Key<GuardedConnection> KEY =
      Attributes.Key.create("countersign-guarded-connection");

  private final Connection connection;
  private final @Nullable TrustSource trust;
  private final @Nullable PresentedChain chain;
  private final InstantSource clock;
  private final IdentityCounts.Slot slot;
  private volatile VerifiedPeer peer;
  private final OpenCalls calls = new OpenCalls();
  private final RememberedDecisions decisions = new RememberedDecisions();
  private final RememberedDecisions shadowDecisions = new RememberedDecisions();
  private volatile long reviewedPolicy;
  private volatile long refusedTrust = -1;
  private int looksWithoutPlace;

  /** A connection; without trust and a chain (ALTS) the peer is who it is as long as the connection lasts. */
  GuardedConnection(
      Connection connection,
      @Nullable TrustSource trust,
      @Nullable PresentedChain chain,
      InstantSource clock,
      VerifiedPeer peer,
      IdentityCounts.Slot slot) {
    this.connection = connection;
    this.trust = trust;
    this.chain = chain;
    this.clock = clock;
    this.peer = peer;
    this.slot = slot;
  }

  /**
   * Who the peer is, verified under the present trust and valid now.
   *
   * @throws PeerRefusedException if that no longer holds
   */
  PeerIdentity identity() throws PeerRefusedException {
    if (trust == null || chain == null) {
      return peer.identity();
    }
    TrustState now = trust.trust();
    VerifiedPeer known = peer;
    if (known.generation() != now.generation() || hasEnded(known)) {
      known = now.verify(chain, Role.CLIENT);
      peer = known;
    }
    return known.identity();
  }

  private boolean hasEnded(VerifiedPeer known) {
    return clock.millis() > known.validUntil().toEpochMilli();
  }

  /** Who the peer was when it was last verified. */
  PeerIdentity lastIdentity() {
    return peer.identity();
  }

  /** Whether the trust has another generation than the one that verified the peer. */
  boolean trustHasMoved() {
    return trust != null && trust.trust().generation() != peer.generation();
  }

  /** Whether its open calls must be decided again; not if the present trust has refused the peer, which ended them all. */
  boolean needsReview(PolicyState state, Instant now) {
    if (trust != null && trust.trust().generation() == refusedTrust) {
      return false;
    }
    return reviewedPolicy != state.generation()
        || trustHasMoved()
        || now.isAfter(peer.validUntil());
  }

  /** Notes that its open calls are being decided by this policy. */
  void reviewed(PolicyState state) {
    reviewedPolicy = state.generation();
  }

  /** What the policy says about this peer, a method and headers, which are read only if they matter. */
  Decision decide(
      PolicyState state, PeerIdentity identity, String fullMethodName, RequestHeaders headers) {
    return decisions.decide(state.generation(), state.policy(), identity, fullMethodName, headers);
  }

  RememberedDecisions shadowDecisions() {
    return shadowDecisions;
  }

  /** Whether the identity has more connections than it may. */
  boolean isBeyondLimit() {
    return slot.isBeyondLimit();
  }

  /**
   * Whether it is time to close it, said once: its identity has had more connections than it may at so many looks in a row,
   * this one included, or has so many that this one need not wait. Used on the thread that looks.
   */
  boolean isToLeave(int looks) {
    if (!slot.isBeyondLimit()) {
      looksWithoutPlace = 0;
      return false;
    }
    if (slot.isInExcess()) {
      looksWithoutPlace = Math.max(looksWithoutPlace, looks - 1);
    }
    return ++looksWithoutPlace == looks;
  }

  /** The calls that are open now. */
  OpenCalls calls() {
    return calls;
  }

  /** Notes that the present trust refuses the peer. */
  void refused() {
    refusedTrust = trust == null ? -1 : trust.trust().generation();
  }

  String transport() {
    return connection.transport();
  }

  /** Closes the connection once its calls have ended. */
  void close() {
    connection.close();
  }

  void ended() {
    slot.release();
  }

  @Override
  public String toString() {
    return peer.identity().primary() + " at " + connection.remoteAddress();
  }
}
