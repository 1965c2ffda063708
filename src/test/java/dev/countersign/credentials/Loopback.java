package dev.countersign.credentials;

import dev.countersign.identity.Principal;
import io.grpc.Attributes;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A health service on loopback, what its transport tells, and clients; closes what it opened. */
final class Loopback implements AutoCloseable, ConnectionEvents {
  final BlockingQueue<Connection> admitted = new LinkedBlockingQueue<>();
  final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  final BlockingQueue<Connection> closed = new LinkedBlockingQueue<>();
  final BlockingQueue<Attributes> ready = new LinkedBlockingQueue<>();
  volatile boolean open = true;

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Server server;

  Loopback(Transport transport) throws Exception {
    server = NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            transport.serverCredentials(this))
        .addTransportFilter(new ServerTransportFilter() {
          @Override
          public Attributes transportReady(Attributes attributes) {
            ready.add(attributes);
            return attributes;
          }
        })
        .addService(new HealthStatusManager().getHealthService())
        .build()
        .start();
  }

  int port() {
    return server.getPort();
  }

  ManagedChannel channel(Transport transport, Principal... expected) {
    return channel(transport.channelCredentials(Set.of(expected)));
  }

  ManagedChannel channel(ChannelCredentials credentials) {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port(), credentials).build();
    channels.add(channel);
    return channel;
  }

  static ServingStatus call(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  /** The next of a kind of event; a missing one fails the test. */
  static <T> T next(BlockingQueue<T> events) throws InterruptedException {
    T event = events.poll(20, TimeUnit.SECONDS);
    if (event == null) {
      throw new AssertionError("nothing happened in 20 s");
    }
    return event;
  }

  /** Why a peer was refused, if that is what a failure is about. */
  static Optional<PeerRefusedException.Reason> refusalIn(Throwable failure) {
    return Stream.<Throwable>iterate(failure, t -> t != null, Throwable::getCause)
        .filter(PeerRefusedException.class::isInstance)
        .map(t -> ((PeerRefusedException) t).reason())
        .findFirst();
  }

  @Override
  public boolean admit(Connection connection) {
    if (open) {
      admitted.add(connection);
    }
    return open;
  }

  @Override
  public void handshakeFailed(Connection connection, Throwable cause) {
    failures.add(cause);
  }

  @Override
  public void closed(Connection connection) {
    closed.add(connection);
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.shutdownNow();
  }
}
