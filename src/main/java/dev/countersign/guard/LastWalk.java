package dev.countersign.guard;

import dev.countersign.credentials.TrustSource;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What all open connections were last decided by, so that a look at which nothing has changed need not touch thousands of
 * them. For one thread.
 */
final class LastWalk {
  private long policy = -1;
  private long shadow = -1;
  private final Map<TrustSource, Long> trust = new HashMap<>();
  private Instant firstEnd = Instant.MIN;

  /** Whether policies, trust and time are such that those who were seen would be decided no other way. */
  boolean covers(PolicyState state, long shadowGeneration, Set<TrustSource> sources, Instant now) {
    return policy == state.generation()
        && shadow == shadowGeneration
        && !now.isAfter(firstEnd)
        && sources.stream().allMatch(this::isAsBefore);
  }

  private boolean isAsBefore(TrustSource source) {
    Long before = trust.get(source);
    return before != null && before.equals(generation(source));
  }

  /** Null if it cannot be told: then each connection shows whether it still stands. */
  private static @Nullable Long generation(TrustSource source) {
    try {
      return source.trust().generation();
    } catch (RuntimeException | Error e) {
      return null;
    }
  }

  /** A walk over all connections begins: whatever changes from now on is another change. */
  void begins(PolicyState state, long shadowGeneration, Set<TrustSource> sources) {
    policy = state.generation();
    shadow = shadowGeneration;
    firstEnd = Instant.MAX;
    trust.clear();
    for (TrustSource source : sources) {
      Long generation = generation(source);
      if (generation != null) {
        trust.put(source, generation);
      }
    }
  }

  /** A connection was decided; if it stays, then until its peer's identity ends at most. */
  void saw(GuardedConnection connection) {
    if (!connection.isClosing() && connection.validUntil().isBefore(firstEnd)) {
      firstEnd = connection.validUntil();
    }
  }

  /** The walk failed, and some were not seen. */
  void forget() {
    firstEnd = Instant.MIN;
  }
}
