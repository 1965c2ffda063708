package dev.countersign.guard;

import dev.countersign.identity.PeerIdentity;
import dev.countersign.policy.Decision;
import dev.countersign.policy.PathDecision;
import dev.countersign.policy.Policy;
import dev.countersign.policy.RequestHeaders;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What one policy says about the peer of one connection and the methods that it has called, worked out once for each. It
 * is for one identity: the principals of whoever asks must be the same each time. Peers choose method names, and those
 * that are allowed nothing too: what is remembered is bounded in bytes, and what is not is worked out each time.
 */
final class RememberedDecisions {
  static final int MAX_NAME = 256;
  static final int MAX_BYTES = 16 * 1024;

  /** About what an entry weighs beside its name, of which a byte a character is kept. */
  static final int ENTRY_BYTES = 80;

  /** Null until somebody asks: a connection that makes no calls holds nothing. */
  private volatile @Nullable Decided decided;

  /** What is remembered of one policy. */
  private static final class Decided {
    private final long generation;
    private final Map<String, PathDecision> byMethod = new ConcurrentHashMap<>();
    private final AtomicInteger bytes = new AtomicInteger();

    Decided(long generation) {
      this.generation = generation;
    }

    void remember(String fullMethodName, PathDecision decision) {
      int more = fullMethodName.length() + ENTRY_BYTES;
      if (fullMethodName.length() > MAX_NAME || bytes.get() + more > MAX_BYTES) {
        return;
      }
      // Taken first, so that those who come at the same time stay within the bound together.
      boolean kept = bytes.addAndGet(more) <= MAX_BYTES
          && byMethod.putIfAbsent(fullMethodName, decision) == null;
      if (!kept) {
        bytes.addAndGet(-more);
      }
    }
  }

  /**
   * Decides.
   *
   * @param generation of the policy; what was remembered of another one is forgotten
   * @param identity the same each time
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
    if (known == null || known.generation != generation) {
      known = new Decided(generation);
      decided = known;
    }
    PathDecision decision = known.byMethod.get(fullMethodName);
    if (decision == null) {
      decision = policy.prepare(identity.principals(), "/" + fullMethodName);
      known.remember(fullMethodName, decision);
    }
    return decision;
  }

  /** About how many bytes are remembered. */
  int bytes() {
    Decided known = decided;
    return known == null ? 0 : known.bytes.get();
  }

  /** The methods that are remembered. */
  int methods() {
    Decided known = decided;
    return known == null ? 0 : known.byMethod.size();
  }
}
