package dev.countersign.guard;

import dev.countersign.identity.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many connections each identity has, against the number that it may have. As many again may wait for a place, so that
 * connections that are replaced do no harm; further ones are in excess.
 */
final class IdentityCounts {
  private final int limit;
  private final Map<Principal, Integer> places = new ConcurrentHashMap<>();
  private final Map<Principal, Integer> waiting = new ConcurrentHashMap<>();

  IdentityCounts(int limit) {
    this.limit = limit;
  }

  /** Takes a place of an identity, or queues for one. */
  Slot take(Principal identity) {
    return new Slot(identity);
  }

  /** How many identities are connected. */
  int identities() {
    return places.size();
  }

  /** How many connections each of them has; those with most first, and by name; at most so many. */
  Map<Principal, Integer> most(int atMost) {
    Map<Principal, Integer> most = new LinkedHashMap<>();
    places.entrySet().stream()
        .sorted(Map.Entry.<Principal, Integer>comparingByValue()
            .reversed()
            .thenComparing(place -> place.getKey().name()))
        .limit(atMost)
        .forEach(place -> most.put(place.getKey(), place.getValue()));
    return most;
  }

  private boolean takeOneOf(Map<Principal, Integer> counts, Principal identity) {
    boolean[] taken = new boolean[1];
    counts.compute(identity, (name, count) -> {
      int before = count == null ? 0 : count;
      taken[0] = before < limit;
      return taken[0] ? Integer.valueOf(before + 1) : count;
    });
    return taken[0];
  }

  private static void leaveOneOf(Map<Principal, Integer> counts, Principal identity) {
    counts.computeIfPresent(identity, (name, count) -> count > 1 ? count - 1 : null);
  }

  /** What a connection holds until it ends: a place, or the hope for one that another connection leaves. */
  final class Slot {
    private final Principal identity;
    private volatile boolean placed;
    private boolean waits;
    private boolean released;

    private Slot(Principal identity) {
      this.identity = identity;
      if (!place()) {
        waits = takeOneOf(waiting, identity);
      }
    }

    /** Whether there is no place for this connection, not even one that was left since it was last asked. */
    boolean isBeyondLimit() {
      return !placed && !place();
    }

    /** Whether it may not even wait for a place. */
    synchronized boolean isInExcess() {
      return !placed && !waits && !released;
    }

    private synchronized boolean place() {
      if (!placed && !released) {
        placed = takeOneOf(places, identity);
        if (placed) {
          stopWaiting();
        }
      }
      return placed;
    }

    private void stopWaiting() {
      if (waits) {
        waits = false;
        leaveOneOf(waiting, identity);
      }
    }

    synchronized void release() {
      if (placed && !released) {
        leaveOneOf(places, identity);
      }
      stopWaiting();
      released = true;
    }
  }
}
