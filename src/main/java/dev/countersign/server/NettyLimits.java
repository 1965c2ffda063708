package dev.countersign.server;

import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.netty.util.internal.PlatformDependent;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Puts the limits on a listener. Resets per window are bounded against rapid reset (CVE-2023-44487) and its sibling in
 * which the server resets (CVE-2025-8671); streams against a client that opens them without end.
 */
final class NettyLimits {
  private static final int MAX_RESETS = 200;
  private static final int RESET_WINDOW_SECONDS = 30;
  private static final long KEEPALIVE_AFTER_SECONDS = 120;
  private static final long KEEPALIVE_TIMEOUT_SECONDS = 20;
  private static final long CLIENT_PING_EVERY_SECONDS = 60;

  private NettyLimits() {}

  /**
   * How much may be held of messages that are not complete: half of the memory that Netty may take, which is as much as the
   * heap unless {@code -XX:MaxDirectMemorySize} says otherwise. Its buffers need half as much again.
   */
  static long mostUnfinishedBytes() {
    return PlatformDependent.maxDirectMemory() / 2;
  }

  /** A listener with the limits on it, in whichever copy of Netty the credentials are made for. */
  static ServerBuilder<?> listener(
      InetSocketAddress address, ServerCredentials credentials, Limits limits) {
    ServerBuilder<?> builder;
    try {
      builder = limited(NettyServerBuilder.forAddress(address, credentials), limits);
    } catch (IllegalArgumentException notForThisCopy) {
      builder = limited(
          io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder.forAddress(address, credentials),
          limits);
    }
    return builder
        .maxInboundMessageSize(limits.maxMessageBytes())
        .maxInboundMetadataSize(limits.maxMetadataBytes())
        .handshakeTimeout(limits.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionIdle(limits.maxConnectionIdle().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAge(limits.maxConnectionAge().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAgeGrace(limits.maxConnectionAgeGrace().toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTime(KEEPALIVE_AFTER_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveTime(CLIENT_PING_EVERY_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  private static ServerBuilder<?> limited(NettyServerBuilder builder, Limits limits) {
    return builder
        .maxConcurrentCallsPerConnection(limits.maxStreams())
        .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS);
  }

  private static ServerBuilder<?> limited(
      io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder builder, Limits limits) {
    return builder
        .maxConcurrentCallsPerConnection(limits.maxStreams())
        .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS);
  }
}
