package dev.countersign.guard;

import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.Principal;
import dev.countersign.policy.Decision;
import dev.countersign.policy.Policy;
import dev.countersign.policy.PolicyDiff;
import dev.countersign.policy.RequestHeaders;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A policy that is decided beside the one in force, when a call starts and for each open call when either policy is
 * replaced, and changes nothing. Every decision is counted; each identity and method that it would treat otherwise is
 * logged once for each shadow policy, up to a bound. It writes no audit records.
 */
final class Shadow {
  static final int MAX_LOGGED = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(Shadow.class);

  private final GuardMetrics metrics;
  private volatile @Nullable State state;

  private record State(long generation, Policy policy, Map<Difference, String> told) {}

  private record Difference(Principal identity, String method, boolean allowed) {}

  Shadow(GuardMetrics metrics) {
    this.metrics = metrics;
  }

  synchronized void replace(Policy policy) {
    State before = state;
    state =
        new State(before == null ? 1 : before.generation() + 1, policy, new ConcurrentHashMap<>());
  }

  /** Counts the shadow policies so far: 0 as long as there was none. */
  long generation() {
    State now = state;
    return now == null ? 0 : now.generation();
  }

  /** Compares what was decided with what the shadow policy says; without one this reads a single field. */
  void compare(
      GuardedConnection connection,
      PeerIdentity identity,
      String fullMethodName,
      RequestHeaders headers,
      Decision inForce) {
    State now = state;
    if (now == null) {
      return;
    }
    Decision would = connection
        .shadowDecisions()
        .decide(now.generation(), now.policy(), identity, fullMethodName, headers);
    metrics.shadowed(inForce, would);
    if (would.allowed() != inForce.allowed()) {
      tell(now, identity.primary(), fullMethodName, inForce, would);
    }
  }

  /** What was logged about the present shadow policy, sorted. */
  List<String> differences() {
    State now = state;
    return now == null ? List.of() : now.told().values().stream().sorted().toList();
  }

  private static void tell(
      State now, Principal identity, String fullMethodName, Decision inForce, Decision would) {
    // Peers choose method names; what is remembered of them must not grow without end.
    Difference difference = new Difference(identity, fullMethodName, would.allowed());
    if (now.told().size() >= MAX_LOGGED || now.told().containsKey(difference)) {
      return;
    }
    String line = new PolicyDiff.Change(
            identity.name(), "/" + fullMethodName, Map.of(), inForce, would)
        .line();
    if (now.told().putIfAbsent(difference, line) != null) {
      return;
    }
    LOG.info("shadow policy differs: {}", line);
    if (now.told().size() == MAX_LOGGED) {
      LOG.info(
          "shadow policy differs in {} cases: further ones are counted and no longer logged",
          MAX_LOGGED);
    }
  }
}
