package dev.countersign.credentials;

import io.grpc.Attributes;
import java.net.SocketAddress;
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

  /** Whose trust decides about the peer's certificates; null where the transport itself proves the peer. */
  @Nullable
  TrustSource trust();

  /**
   * Closes the connection on any thread: no further calls at once, the rest when the open calls have ended, which is
   * waited for a few seconds only.
   */
  void close();
}
