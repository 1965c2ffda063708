package dev.countersign.credentials;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A connection to the handshaker, in plaintext as its protocol has it, on an event loop of its own: answers must come
 * through when every other thread waits for them.
 *
 * @param channel calls to the handshaker
 * @param loop what it runs on
 */
record HandshakerChannel(ManagedChannel channel, EventLoopGroup loop) implements AutoCloseable {

  static HandshakerChannel to(String address) {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
        1, new DefaultThreadFactory("countersign-alts-io", true), NioIoHandler.newFactory());
    ManagedChannel channel = NettyChannelBuilder.forTarget("dns:///" + address)
        .channelType(NioSocketChannel.class)
        .eventLoopGroup(loop)
        .directExecutor()
        .usePlaintext()
        .proxyDetector(target -> null)
        .disableServiceConfigLookUp()
        .build();
    return new HandshakerChannel(channel, loop);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
