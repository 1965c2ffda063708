package dev.countersign.server;

import java.time.Duration;

/**
 * What one peer, and all of them together, may cost. The defaults hold against the abuse that grpc-java's own defaults
 * allow (unlimited streams, unlimited resets, 120 s for a handshake).
 *
 * @param maxConnections open connections in all, handshakes included; further ones are closed at once
 * @param maxConnectionsPerIdentity open connections of one identity; calls on further ones get
 *     {@code RESOURCE_EXHAUSTED}, and they are closed if none of the others ends within ten seconds; of more than twice as
 *     many each is closed at once
 * @param maxStreams open calls on one connection (SETTINGS_MAX_CONCURRENT_STREAMS)
 * @param maxMessageBytes bytes of one received message, after decompression
 * @param maxMetadataBytes bytes of one request's metadata, as HTTP/2 counts them
 * @param handshakeTimeout from the TCP connection to the end of the handshake; TLS itself ends at 10 s, which is Netty's own
 *     limit and out of reach behind grpc-java
 * @param maxConnectionIdle without calls before a connection is closed
 * @param maxConnectionAge of a connection before it is closed gracefully, give or take a tenth
 * @param maxConnectionAgeGrace for the calls of a connection that has reached its age
 */
public record Limits(
    int maxConnections,
    int maxConnectionsPerIdentity,
    int maxStreams,
    int maxMessageBytes,
    int maxMetadataBytes,
    Duration handshakeTimeout,
    Duration maxConnectionIdle,
    Duration maxConnectionAge,
    Duration maxConnectionAgeGrace) {

  /** Limits for a service that nobody has measured yet. */
  public static final Limits DEFAULT = new Limits(
      10_000,
      1_000,
      100,
      4 << 20,
      8 << 10,
      Duration.ofSeconds(10),
      Duration.ofMinutes(15),
      Duration.ofHours(1),
      Duration.ofMinutes(10));

  /**
   * Limits.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public Limits {
    requirePositive("maxConnections", maxConnections);
    requirePositive("maxConnectionsPerIdentity", maxConnectionsPerIdentity);
    requirePositive("maxStreams", maxStreams);
    requirePositive("maxMessageBytes", maxMessageBytes);
    requirePositive("maxMetadataBytes", maxMetadataBytes);
    requirePositive("handshakeTimeout", handshakeTimeout.toMillis());
    requirePositive("maxConnectionIdle", maxConnectionIdle.toMillis());
    requirePositive("maxConnectionAge", maxConnectionAge.toMillis());
    requirePositive("maxConnectionAgeGrace", maxConnectionAgeGrace.toMillis());
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("limit " + name + " is not positive: " + value);
    }
  }
}
