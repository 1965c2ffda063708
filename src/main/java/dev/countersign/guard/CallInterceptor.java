package dev.countersign.guard;

import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.policy.Decision;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides every call when it starts, before a message is read: identity, then policy, then the record, then limits, then
 * the handler. Peers see a status and a fixed phrase. Whatever fails here ends the call.
 */
final class CallInterceptor implements ServerInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(CallInterceptor.class);

  private final Supplier<PolicyState> policy;
  private final InstantSource clock;
  private final GuardMetrics metrics;
  private final LiveCalls live;
  private final Shadow shadow;

  CallInterceptor(
      Supplier<PolicyState> policy,
      InstantSource clock,
      GuardMetrics metrics,
      LiveCalls live,
      Shadow shadow) {
    this.policy = policy;
    this.clock = clock;
    this.metrics = metrics;
    this.live = live;
    this.shadow = shadow;
  }

  @Override
  public <Q, R> Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    MetadataHeaders asTheyCame = MetadataHeaders.of(headers);
    if (!asTheyCame.areWellFormed()) {
      return refuseMalformed(call);
    }
    GuardedConnection connection = GuardedConnection.of(call.getAttributes());
    if (connection == null) {
      metrics.notAuthenticated();
      return refuse(call, Refusal.NOT_AUTHENTICATED);
    }
    PeerIdentity identity;
    try {
      identity = connection.identity();
    } catch (PeerRefusedException e) {
      LOG.warn("refused call of {}: {}: {}", connection, e.reason(), e.getMessage());
      metrics.notAuthenticated();
      return refuse(call, Refusal.NOT_AUTHENTICATED);
    }
    String method = call.getMethodDescriptor().getFullMethodName();
    PolicyState state;
    Decision decision;
    boolean recorded;
    do {
      state = policy.get();
      decision = connection.decide(state, identity, method, asTheyCame);
      // A policy that was replaced in the meantime has no place for the record: the new one
      // decides.
      recorded = state.audit().record(clock, method, identity, decision);
    } while (!recorded && state.generation() != policy.get().generation());
    metrics.decided(decision);
    shadow.compare(connection, identity, method, asTheyCame, decision);
    if (!decision.allowed()) {
      LOG.debug("denied {} of {}: {}", method, connection, decision.reason());
      return refuse(call, Refusal.NOT_AUTHORIZED);
    }
    if (connection.isBeyondLimit()) {
      return refuse(call, Refusal.TOO_MANY_CONNECTIONS);
    }
    OpenCall<Q, R> open = new OpenCall<>(call, connection, asTheyCame);
    GuardedListener<Q> listener = GuardedListener.of(identity.in(Context.current()), open);
    open.enter(listener);
    // A change that came before the call entered has walked past it.
    if (policy.get().generation() != state.generation() || connection.hasChanged()) {
      live.review(open);
    }
    return GuardedListener.start(listener, open, headers, next);
  }

  /** Headers that a policy must not read: denied whatever it says, and seen like any other denial. */
  private <Q> Listener<Q> refuseMalformed(ServerCall<Q, ?> call) {
    GuardedConnection connection = GuardedConnection.of(call.getAttributes());
    LOG.warn(
        "refused call with malformed headers of {}",
        connection == null ? "a peer without an identity" : connection);
    metrics.malformed();
    if (connection != null) {
      Audit.recordInForce(
          policy,
          clock,
          call.getMethodDescriptor().getFullMethodName(),
          connection.lastIdentity(),
          new Decision(false, null, null, policy.get().policy().name()));
    }
    return refuse(call, Refusal.MALFORMED);
  }

  private static <Q, R> Listener<Q> refuse(ServerCall<Q, R> call, Status status) {
    call.close(status, new Metadata());
    return new Listener<>() {};
  }
}
