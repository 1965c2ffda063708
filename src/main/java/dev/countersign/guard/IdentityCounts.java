package dev.countersign.guard;

import dev.countersign.identity.Principal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** How many connections each identity has, against the number that it may have. */
final class IdentityCounts {
  private final int limit;
  private final Map<Principal, Integer> counts = new ConcurrentHashMap<>();

  IdentityCounts(int limit) {
    this.limit = limit;
  }

  /** Takes the next place of an identity, which may be beyond its limit. */
  Slot take(Principal identity) {
    int count = counts.merge(identity, 1, Integer::sum);
    return new Slot(identity, count > limit);
  }

  /** How many identities are connected. */
  int identities() {
    return counts.size();
  }

  /** A place that a connection holds until it ends. */
  final class Slot {
    private final Principal identity;
    private final boolean beyondLimit;
    private final AtomicBoolean released = new AtomicBoolean();

    private Slot(Principal identity, boolean beyondLimit) {
      this.identity = identity;
      this.beyondLimit = beyondLimit;
    }

    boolean isBeyondLimit() {
      return beyondLimit;
    }

    void release() {
      if (released.compareAndSet(false, true)) {
        counts.computeIfPresent(identity, (name, count) -> count > 1 ? count - 1 : null);
      }
    }
  }
}
