package dev.countersign.credentials;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What does not depend on the connection's Netty. The address is kept, because a closed channel may have forgotten it. */
abstract class AcceptedConnection implements Connection {
  private static final SocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);

  private final SocketAddress remoteAddress;
  private volatile @Nullable Object attachment;
  private @Nullable Runnable whenBrokenOff;

  AcceptedConnection(@Nullable SocketAddress remoteAddress) {
    this.remoteAddress = Objects.requireNonNullElse(remoteAddress, UNKNOWN);
  }

  @Override
  public SocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public void attach(Object what) {
    attachment = what;
  }

  @Override
  public @Nullable Object attachment() {
    return attachment;
  }

  @Override
  public void whenBrokenOff(Runnable action) {
    whenBrokenOff = action;
  }

  /** It is being broken off for what its peer did. */
  void tellBrokenOff() {
    Runnable action = whenBrokenOff;
    whenBrokenOff = null;
    if (action != null) {
      action.run();
    }
  }
}
