package dev.countersign.credentials;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A channel of an ALTS listener as others see it; the address is kept, because a closed channel may have forgotten it. */
record AltsConnection(Channel channel, SocketAddress remoteAddress) implements Connection {
  private static final long CLOSE_GRACE_SECONDS = 2;
  private static final SocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);

  static AltsConnection of(Channel channel) {
    return new AltsConnection(
        channel, Objects.requireNonNullElse(channel.remoteAddress(), UNKNOWN));
  }

  @Override
  public String transport() {
    return Alts.NAME;
  }

  @Override
  public @Nullable TrustSource trust() {
    return null;
  }

  @Override
  public void close() {
    // grpc-java says goodbye and then waits for open streams without end: a peer that does not read
    // what it is sent could stay. The first context passes by whoever waits.
    channel.close();
    channel.eventLoop().schedule(this::closeNow, CLOSE_GRACE_SECONDS, TimeUnit.SECONDS);
  }

  private void closeNow() {
    ChannelHandlerContext first = channel.pipeline().firstContext();
    if (first != null) {
      first.close();
    }
  }
}
