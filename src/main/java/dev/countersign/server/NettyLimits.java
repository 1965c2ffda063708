package dev.countersign.server;

import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettyServerBuilder;
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

  static ServerBuilder<?> listener(
      InetSocketAddress address, ServerCredentials credentials, Limits limits) {
    // The provider that understands the credentials makes the builder; only that one also takes the
    // limits.
    NettyServerBuilder builder = NettyServerBuilder.forAddress(address, credentials);
    return builder
        .maxConcurrentCallsPerConnection(limits.maxStreams())
        .maxInboundMessageSize(limits.maxMessageBytes())
        .maxInboundMetadataSize(limits.maxMetadataBytes())
        .handshakeTimeout(limits.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionIdle(limits.maxConnectionIdle().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAge(limits.maxConnectionAge().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAgeGrace(limits.maxConnectionAgeGrace().toMillis(), TimeUnit.MILLISECONDS)
        .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS)
        .keepAliveTime(KEEPALIVE_AFTER_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveTime(CLIENT_PING_EVERY_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
  }
}
