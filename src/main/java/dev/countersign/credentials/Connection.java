package dev.countersign.credentials;

import io.grpc.Attributes;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection that a listener of ours accepted, from before its handshake. It travels in the transport's attributes,
 * so that whoever guards the calls can end it.
 */
public interface Connection {
  /** Where a transport's attributes hold its connection. */
  Attributes.Key<Connection> KEY = Attributes.Key.create("countersign-connection");

  /** The transport's name, {@code mtls} or {@code alts}. */
  String transport();

  /** Where the peer calls from. */
  SocketAddress remoteAddress();

  /** Where it calls from as far as limits tell peers apart: equal for one IPv4 address, or 64 bits of IPv6. */
  default Object sourceNetwork() {
    return SourceNetwork.of(remoteAddress());
  }

  /** Whose trust decides about the peer's certificates; null where the transport itself proves the peer. */
  @Nullable
  TrustSource trust();

  /**
   * Closes the connection on any thread: no further calls at once, the rest when the open calls have ended, which is
   * waited for a few seconds only.
   */
  void close();

  /**
   * Breaks the connection off on any thread for what its peer does to HTTP/2: with {@code ENHANCE_YOUR_CALM}, a line in the
   * log and a count, and closed after a few seconds at most.
   *
   * @param verdict why, for the peer and the log
   */
  void breakOff(String verdict);

  /**
   * Lets the peer wait: nothing of what it sends reaches HTTP/2 for so long, and little of it is read. For a connection that
   * becomes ready, on its event loop.
   */
  void holdBack(Duration howLong);

  /**
   * Keeps one thing with the connection, instead of what it kept before: for who guards its calls, as an attribute of the
   * transport would be a copy of them all for each connection.
   */
  void attach(Object what);

  /** What was attached last; null if nothing was. */
  @Nullable
  Object attachment();

  /** What to do once, on the event loop, when the connection is broken off for what its peer did to HTTP/2. */
  void whenBrokenOff(Runnable action);
}
