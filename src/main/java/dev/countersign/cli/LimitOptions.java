package dev.countersign.cli;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that limit what peers may use up. */
final class LimitOptions {
  @Option(
      names = "--max-connections",
      paramLabel = "N",
      converter = Count.class,
      description = "Open connections in all.")
  private @Nullable Integer maxConnections;

  @Option(
      names = "--max-connections-per-identity",
      paramLabel = "N",
      converter = Count.class,
      description = "Open connections of one identity.")
  private @Nullable Integer maxConnectionsPerIdentity;

  @Option(
      names = "--max-connection-age",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "How long a connection may live.")
  private @Nullable Duration maxConnectionAge;

  @Option(
      names = "--handshake-timeout",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "How long a handshake may take; over mutual TLS 10s at most.")
  private @Nullable Duration handshakeTimeout;

  @Option(
      names = "--max-message",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "Size of one message, such as 4MiB.")
  private @Nullable Integer maxMessage;

  @Option(
      names = "--max-metadata",
      paramLabel = "BYTES",
      converter = ByteSize.class,
      description = "Size of the metadata of one call, such as 8KiB.")
  private @Nullable Integer maxMetadata;

  @Option(
      names = "--max-streams",
      paramLabel = "N",
      converter = Count.class,
      description = "Open calls on one connection.")
  private @Nullable Integer maxStreams;

  LimitSettings settings() {
    return new LimitSettings(
        Optional.ofNullable(maxConnections),
        Optional.ofNullable(maxConnectionsPerIdentity),
        Optional.ofNullable(maxConnectionAge),
        Optional.ofNullable(handshakeTimeout),
        Optional.ofNullable(maxMessage),
        Optional.ofNullable(maxMetadata),
        Optional.ofNullable(maxStreams));
  }
}
