package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteGuideGrpc.RouteGuideBlockingStub;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.alts.AltsChannelCredentials;
import io.grpc.alts.AltsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** An unmodified ALTS server of grpc-java that serves an {@link EchoGuide}, and channels of grpc-java to it. */
final class AltsPair implements AutoCloseable {
  static final int MAX_MESSAGE = 8 * 1024 * 1024;

  private final Server server;
  private final LoopbackAddress clientHandshaker;
  private final ChannelCredentials toServer;
  private final List<ManagedChannel> channels = new ArrayList<>();

  private AltsPair(Server server, LoopbackAddress clientHandshaker) {
    this.server = server;
    this.clientHandshaker = clientHandshaker;
    this.toServer = credentials(clientHandshaker, SERVER.name());
  }

  static AltsEmulator emulator() {
    return AltsEmulator.builder()
        .workload(SERVER, "127.0.0.2:0")
        .workload(CLIENT, "127.0.0.3:0")
        .start();
  }

  static AltsPair start(AltsEmulator emulator) throws IOException {
    return start(emulator, emulator);
  }

  static AltsPair start(AltsEmulator servers, AltsEmulator clients) throws IOException {
    ServerCredentials credentials = new AltsServerCredentials.Builder()
        .enableUntrustedAltsForTesting()
        .setHandshakerAddressForTesting(servers.address(SERVER).toString())
        .build();
    Server server = NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), credentials)
        .maxInboundMessageSize(MAX_MESSAGE)
        .directExecutor()
        .addService(new EchoGuide())
        .intercept(new EchoGuide.Caller())
        .build()
        .start();
    return new AltsPair(server, clients.address(CLIENT));
  }

  int port() {
    return server.getPort();
  }

  /** A new connection, made at the first call, to a peer that must be one of the targets, if any are given. */
  RouteGuideBlockingStub client(String... targets) {
    return RouteGuideGrpc.newBlockingStub(channel(port(), targets));
  }

  synchronized ManagedChannel channel(int port, String... targets) {
    ManagedChannel channel = newChannel(port, credentials(clientHandshaker, targets));
    channels.add(channel);
    return channel;
  }

  /** Credentials bring a channel to the handshaker of their own, so whoever measures handshakes keeps them. */
  private static ManagedChannel newChannel(int port, ChannelCredentials credentials) {
    return Grpc.newChannelBuilderForAddress("127.0.0.1", port, credentials)
        .maxInboundMessageSize(MAX_MESSAGE)
        .build();
  }

  private static ChannelCredentials credentials(LoopbackAddress handshaker, String... targets) {
    AltsChannelCredentials.Builder builder = new AltsChannelCredentials.Builder()
        .enableUntrustedAltsForTesting()
        .setHandshakerAddressForTesting(handshaker.toString());
    List.of(targets).forEach(builder::addTargetServiceAccount);
    return builder.build();
  }

  Feature callOverANewConnection(Point point) {
    ManagedChannel channel = newChannel(port(), toServer);
    try {
      return RouteGuideGrpc.newBlockingStub(channel).getFeature(point);
    } finally {
      channel.shutdownNow();
    }
  }

  @Override
  public synchronized void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.shutdownNow();
  }
}
