package dev.countersign.cli;

import java.time.Duration;
import java.util.Optional;

/**
 * What peers may use up; where a value is absent, the server's own default holds.
 *
 * @param maxConnections open connections in all
 * @param maxConnectionsPerIdentity open connections of one identity
 * @param maxConnectionAge how long a connection may live
 * @param handshakeTimeout how long a handshake may take
 * @param maxMessage bytes of one message
 * @param maxMetadata bytes of the metadata of one call
 * @param maxStreams open calls on one connection
 */
record LimitSettings(
    Optional<Integer> maxConnections,
    Optional<Integer> maxConnectionsPerIdentity,
    Optional<Duration> maxConnectionAge,
    Optional<Duration> handshakeTimeout,
    Optional<Integer> maxMessage,
    Optional<Integer> maxMetadata,
    Optional<Integer> maxStreams) {}
