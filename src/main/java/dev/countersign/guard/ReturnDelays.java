package dev.countersign.guard;

import dev.countersign.identity.Principal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How long a peer waits that comes back after its connections were broken off: from the third time on half a second. One
 * time is forgotten for each five seconds that pass without another. Peers are told apart by identity and by where they call
 * from, so that one replica that misbehaves does not hold up the others. Thread-safe.
 */
final class ReturnDelays {
  private static final int FREE = 2;
  private static final int MOST = 4;
  private static final Duration DELAY = Duration.ofMillis(500);
  private static final long FORGET_NANOS = Duration.ofSeconds(5).toNanos();
  private static final int MOST_PEERS = 10_000;

  private final LongSupplier nanoTime;
  private final Map<Peer, Offences> peers = new ConcurrentHashMap<>();

  private record Peer(Principal identity, Object source) {}

  private record Offences(int times, long lastNanos) {
    /** How many times count now. */
    int timesAt(long now) {
      return (int) Math.max(0, times - Math.max(0, now - lastNanos) / FORGET_NANOS);
    }
  }

  ReturnDelays(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** A connection of this peer was broken off. With ten thousand such peers already, another one is not remembered. */
  void brokenOff(Principal identity, Object source) {
    long now = nanoTime.getAsLong();
    if (peers.size() >= MOST_PEERS) {
      peers.values().removeIf(offences -> offences.timesAt(now) == 0);
    }
    Peer peer = new Peer(identity, source);
    if (peers.size() < MOST_PEERS || peers.containsKey(peer)) {
      peers.merge(
          peer,
          new Offences(1, now),
          (before, first) -> new Offences(Math.min(MOST, before.timesAt(now) + 1), now));
    }
  }

  /** How many are remembered. */
  int peers() {
    return peers.size();
  }

  /** How long a new connection of this peer has to wait before anything that it sends is read. */
  Duration delayOf(Principal identity, Object source) {
    // Every connection asks, and hardly ever is there anybody.
    if (peers.isEmpty()) {
      return Duration.ZERO;
    }
    Peer peer = new Peer(identity, source);
    Offences offences = peers.get(peer);
    if (offences == null) {
      return Duration.ZERO;
    }
    int times = offences.timesAt(nanoTime.getAsLong());
    if (times == 0) {
      peers.remove(peer, offences);
    }
    return times > FREE ? DELAY : Duration.ZERO;
  }
}
