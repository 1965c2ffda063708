package dev.countersign.emulator;

import dev.countersign.emulator.EmulatorException.Reason;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Where the handshakers listen: plaintext gRPC on event loops of their own. On the loops that grpc-java shares in a
 * process, a library that waits for the handshaker would wait for itself.
 */
final class HandshakerListeners implements AutoCloseable {
  private static final int LOOPS = 2;
  private static final long CLOSE_SECONDS = 5;

  private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
      LOOPS, new DefaultThreadFactory("alts-emulator-io", true), NioIoHandler.newFactory());
  private final List<Server> servers = new ArrayList<>();
  private final Executor executor;

  HandshakerListeners(Executor executor) {
    this.executor = executor;
  }

  /** Serves a handshaker and says where, which matters when any port was asked for. */
  LoopbackAddress open(LoopbackAddress address, BindableService handshaker) {
    Server server = NettyServerBuilder.forAddress(address.toSocketAddress())
        .channelType(NioServerSocketChannel.class)
        .bossEventLoopGroup(loops)
        .workerEventLoopGroup(loops)
        .executor(executor)
        .intercept(new GoCallers())
        .addService(handshaker)
        .build();
    try {
      servers.add(server.start());
    } catch (IOException e) {
      throw new EmulatorException(
          Reason.CANNOT_BIND, "handshaker cannot listen on " + address + ": " + e.getMessage(), e);
    }
    return LoopbackAddress.of((InetSocketAddress) server.getListenSockets().get(0));
  }

  /** Ends all handshakes; when it returns the ports are free again. */
  @Override
  public void close() {
    servers.forEach(Server::shutdownNow);
    try {
      for (Server server : servers) {
        server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loops
          .shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
          .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
  }
}
