package dev.countersign.guard;

import dev.countersign.credentials.Connection;
import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.credentials.PresentedChain;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TrustSource;
import dev.countersign.credentials.VerifiedPeer;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import io.grpc.alts.AltsContextUtil;
import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works out who the peer is when a transport is ready, independently of the handshake: a resumed TLS session did not ask
 * anybody. A connection without an identity gets no {@link GuardedConnection}, so all its calls are refused.
 */
final class ConnectionFilter extends ServerTransportFilter {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionFilter.class);

  private final InstantSource clock;
  private final IdentityCounts counts;
  private final GuardMetrics metrics;
  private final LiveCalls live;
  private final ReturnDelays delays = new ReturnDelays(System::nanoTime);

  ConnectionFilter(
      InstantSource clock, IdentityCounts counts, GuardMetrics metrics, LiveCalls live) {
    this.clock = clock;
    this.counts = counts;
    this.metrics = metrics;
    this.live = live;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    Connection connection = attributes.get(Connection.KEY);
    SSLSession session = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    TrustSource trust = connection == null ? null : connection.trust();
    if (connection != null && trust == null && AltsContextUtil.check(attributes)) {
      guard(connection, alts(connection, attributes));
    } else if (connection == null || trust == null || session == null) {
      LOG.error(
          "connection from {} was not made by a countersign transport: all its calls are refused",
          attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
    } else {
      guard(connection, verify(connection, trust, session));
    }
    return attributes;
  }

  private void guard(Connection connection, @Nullable GuardedConnection guarded) {
    if (guarded != null) {
      live.enter(guarded);
      delayIfBrokenOffBefore(guarded);
      connection.attach(guarded);
    }
  }

  private void delayIfBrokenOffBefore(GuardedConnection guarded) {
    Connection connection = guarded.connection();
    connection.whenBrokenOff(
        () -> delays.brokenOff(guarded.lastIdentity().primary(), connection.sourceNetwork()));
    Duration delay = delays.delayOf(guarded.lastIdentity().primary(), connection.sourceNetwork());
    if (!delay.isZero()) {
      metrics.connectionDelayed(connection.transport());
      LOG.warn(
          "connection of {} waits {} ms before it is read: others of it were broken off shortly before",
          guarded,
          delay.toMillis());
      connection.holdBack(delay);
    }
  }

  private @Nullable GuardedConnection verify(
      Connection connection, TrustSource trust, SSLSession session) {
    try {
      PresentedChain chain = PresentedChain.of(session);
      VerifiedPeer peer = trust.trust().verify(chain, Role.CLIENT);
      metrics.connectionVerified(connection.transport());
      return new GuardedConnection(
          connection, trust, chain, clock, peer, counts.take(peer.identity().primary()));
    } catch (PeerRefusedException e) {
      refused(connection, e);
      return null;
    }
  }

  private @Nullable GuardedConnection alts(Connection connection, Attributes attributes) {
    try {
      VerifiedPeer peer = VerifiedPeer.ofAlts(attributes);
      metrics.connectionVerified(connection.transport());
      return new GuardedConnection(
          connection, null, null, clock, peer, counts.take(peer.identity().primary()));
    } catch (PeerRefusedException e) {
      refused(connection, e);
      return null;
    }
  }

  private void refused(Connection connection, PeerRefusedException e) {
    LOG.warn(
        "refused connection from {}: {}: {}",
        connection.remoteAddress(),
        e.reason(),
        e.getMessage());
    metrics.connectionRefused(connection.transport(), e.reason());
  }

  @Override
  public void transportTerminated(@Nullable Attributes attributes) {
    GuardedConnection guarded = GuardedConnection.of(attributes);
    if (guarded != null) {
      live.leave(guarded);
      guarded.ended();
    }
  }
}
