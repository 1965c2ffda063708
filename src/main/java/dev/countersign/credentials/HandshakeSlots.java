package dev.countersign.credentials;

import dev.countersign.credentials.ConnectionEvents.ShedException;
import dev.countersign.credentials.ConnectionEvents.ShedException.Reason;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many handshakes may be under way: in all, and with one {@link SourceNetwork}, so that half-open connections
 * of one host leave room for others. Thread-safe.
 */
final class HandshakeSlots {
  private final int max;
  private final int maxPerSource;
  private final AtomicInteger taken = new AtomicInteger();
  private final Map<SourceNetwork, Integer> bySource = new ConcurrentHashMap<>();

  HandshakeSlots(int max, int maxPerSource) {
    this.max = max;
    this.maxPerSource = maxPerSource;
  }

  /** A place; it must be given back. */
  Slot take(SocketAddress remote) throws ShedException {
    if (taken.incrementAndGet() > max) {
      taken.decrementAndGet();
      throw new ShedException(
          Reason.TOO_MANY_HANDSHAKES,
          "there are " + max + " handshakes already (at most " + max + ")");
    }
    SourceNetwork source = SourceNetwork.of(remote);
    if (bySource.merge(source, 1, Integer::sum) > maxPerSource) {
      release(source);
      throw new ShedException(
          Reason.TOO_MANY_FROM_ADDRESS,
          "there are " + maxPerSource + " handshakes with this address already (at most "
              + maxPerSource + ")");
    }
    return new Slot(source);
  }

  int taken() {
    return taken.get();
  }

  private void release(SourceNetwork source) {
    taken.decrementAndGet();
    bySource.computeIfPresent(source, (key, count) -> count > 1 ? count - 1 : null);
  }

  /** A place that one handshake holds. */
  final class Slot {
    private final SourceNetwork source;
    private final AtomicBoolean released = new AtomicBoolean();

    private Slot(SourceNetwork source) {
      this.source = source;
    }

    /** Gives it back; does nothing the second time. */
    void release() {
      if (released.compareAndSet(false, true)) {
        HandshakeSlots.this.release(source);
      }
    }
  }
}
