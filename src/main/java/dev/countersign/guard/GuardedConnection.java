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
  private volatile long reviewedShadow;
  private volatile @Nullable PeerRefusedException refusal;
  private volatile boolean closing;
  private int looksWithoutPlace;
  private boolean unread;

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

  /** The one that calls with these attributes belong to; null if its peer proved nothing, or there is no connection of ours. */
  static @Nullable GuardedConnection of(@Nullable Attributes attributes) {
    Connection connection = attributes == null ? null : attributes.get(Connection.KEY);
    return connection != null && connection.attachment() instanceof GuardedConnection guarded
        ? guarded
        : null;
  }

  /**
   * Who the peer is, verified under the present trust and valid now.
   *
   * @throws PeerRefusedException if that no longer holds, or once did not: the connection is being closed then
   */
  PeerIdentity identity() throws PeerRefusedException {
    PeerRefusedException refused = refusal;
    if (refused != null) {
      throw refused;
    }
    if (trust == null || chain == null) {
      return peer.identity();
    }
    TrustState now = trust.trust();
    VerifiedPeer known = peer;
    if (known.generation() != now.generation() || hasEnded(known)) {
      known = newest(now.verify(chain, Role.CLIENT));
    }
    return known.identity();
  }

  /** Keeps what was verified unless somebody has verified under later trust meanwhile. */
  private synchronized VerifiedPeer newest(VerifiedPeer verified) {
    if (verified.generation() >= peer.generation()) {
      peer = verified;
    }
    return peer;
  }

  private boolean hasEnded(VerifiedPeer known) {
    return clock.millis() > known.validUntil().toEpochMilli();
  }

  /** Who the peer was when it was last verified. */
  PeerIdentity lastIdentity() {
    return peer.identity();
  }

  /** Whose trust decides about the peer; null where the transport itself proves it. */
  @Nullable
  TrustSource trust() {
    return trust;
  }

  /** Whether the peer was refused since it was last verified, or has to be verified again. */
  boolean hasChanged() {
    return refusal != null || trustHasMoved();
  }

  private boolean trustHasMoved() {
    return trust != null && trust.trust().generation() != peer.generation();
  }

  /** Whether its open calls must be decided again; not once it is to be closed. */
  boolean needsReview(PolicyState state, long shadowGeneration, Instant now) {
    return !closing
        && (policyHasMoved(state, shadowGeneration)
            || trustHasMoved()
            || now.isAfter(peer.validUntil()));
  }

  /** Whether one of the policies is another one than its open calls were decided by. */
  boolean policyHasMoved(PolicyState state, long shadowGeneration) {
    return reviewedPolicy != state.generation() || reviewedShadow != shadowGeneration;
  }

  /** Notes that its open calls are being decided by these policies. */
  void reviewed(PolicyState state, long shadowGeneration) {
    reviewedPolicy = state.generation();
    reviewedShadow = shadowGeneration;
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
   * Whether it is time to close a connection beyond the limit, said once: it was so at so many looks in a row, this one
   * included, or its identity has so many that this one need not wait. Used on the thread that looks.
   */
  boolean isToLeave(int looks) {
    if (slot.isInExcess()) {
      looksWithoutPlace = Math.max(looksWithoutPlace, looks - 1);
    }
    return ++looksWithoutPlace == looks;
  }

  /** Whether its peer has left the end of a call unread, and this is the first that is heard of it. On the same thread. */
  boolean isFirstUnread() {
    boolean first = !unread;
    unread = true;
    return first;
  }

  /** The calls that are open now. */
  OpenCalls calls() {
    return calls;
  }

  /** Refuses the peer for good: every call on this connection, from now on. */
  void refuse(PeerRefusedException why) {
    refusal = why;
  }

  /** Notes that it is going to be closed. */
  void willClose() {
    closing = true;
  }

  boolean isClosing() {
    return closing;
  }

  /** Until when the peer is who it was last verified to be. */
  Instant validUntil() {
    return peer.validUntil();
  }

  Connection connection() {
    return connection;
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
