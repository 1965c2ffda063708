package dev.countersign.credentials;

import dev.countersign.credentials.ConnectionEvents.ShedException;
import dev.countersign.credentials.ConnectionEvents.ShedException.Reason;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many handshakes may be under way: in all, and with one source address (of IPv6, one network of 64 bits), so that
 * half-open connections of one host leave room for others. Thread-safe.
 */
final class HandshakeSlots {
  private static final int NETWORK_BYTES = 8;

  private final int max;
  private final int maxPerSource;
  private final AtomicInteger taken = new AtomicInteger();
  private final Map<Object, Integer> bySource = new ConcurrentHashMap<>();

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
    Object source = sourceOf(remote);
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

  private void release(Object source) {
    taken.decrementAndGet();
    bySource.computeIfPresent(source, (key, count) -> count > 1 ? count - 1 : null);
  }

  private static Object sourceOf(SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return remote;
    }
    InetAddress address = inet.getAddress();
    return address instanceof Inet6Address
        ? ByteBuffer.wrap(address.getAddress(), 0, NETWORK_BYTES)
        : address;
  }

  /** A place that one handshake holds. */
  final class Slot {
    private final Object source;
    private final AtomicBoolean released = new AtomicBoolean();

    private Slot(Object source) {
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
