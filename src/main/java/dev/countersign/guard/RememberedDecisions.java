package dev.countersign.guard;

import dev.countersign.identity.PeerIdentity;
import dev.countersign.policy.Decision;
import dev.countersign.policy.PathDecision;
import dev.countersign.policy.Policy;
import dev.countersign.policy.RequestHeaders;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What one policy says about the peer of one connection and the methods that it has called, worked out once for each. */
final class RememberedDecisions {
  private static final int MAX_METHODS = 256;

  private volatile Decided decided = new Decided(-1, Map.of());

  private record Decided(long generation, Map<String, PathDecision> byMethod) {}

  /**
   * Decides.
   *
   * @param generation of the policy; what was remembered of another one is forgotten
   * @param headers read only if they matter
   */
  Decision decide(
      long generation,
      Policy policy,
      PeerIdentity identity,
      String fullMethodName,
      RequestHeaders headers) {
    return prepared(generation, policy, identity, fullMethodName).decide(headers);
  }

  private PathDecision prepared(
      long generation, Policy policy, PeerIdentity identity, String fullMethodName) {
    Decided known = decided;
    if (known.generation() != generation) {
      known = new Decided(generation, new ConcurrentHashMap<>());
      decided = known;
    }
    PathDecision decision = known.byMethod().get(fullMethodName);
    if (decision == null) {
      decision = policy.prepare(identity.principals(), "/" + fullMethodName);
      if (known.byMethod().size() < MAX_METHODS) {
        known.byMethod().put(fullMethodName, decision);
      }
    }
    return decision;
  }
}
