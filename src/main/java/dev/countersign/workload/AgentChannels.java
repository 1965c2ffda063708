package dev.countersign.workload;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Channels to an agent's socket, by the JDK's own unix sockets, so that no native library is needed. */
final class AgentChannels implements AutoCloseable {
  /** Revocation lists come inside the message. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final UnixDomainSocketAddress address;
  private final Executor executor;
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
      1, new DefaultThreadFactory("countersign-workload-io", true), NioIoHandler.newFactory());

  AgentChannels(AgentSocket socket, Executor executor) {
    this.address = UnixDomainSocketAddress.of(socket.path());
    this.executor = executor;
  }

  /** A channel that has not connected yet; a new one for each try knows nothing of failures before. */
  ManagedChannel open() {
    return NettyChannelBuilder.forAddress(address)
        .usePlaintext()
        .overrideAuthority("localhost")
        .eventLoopGroup(loop)
        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
        // gRPC sets it on every socket, and Netty warns that a unix socket has none.
        .withOption(ChannelOption.SO_KEEPALIVE, null)
        .executor(executor)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .disableRetry()
        .build();
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }
}
