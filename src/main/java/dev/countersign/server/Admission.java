package dev.countersign.server;

import dev.countersign.credentials.Connection;
import dev.countersign.credentials.ConnectionEvents;
import dev.countersign.credentials.ConnectionEvents.ShedException;
import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.text.Quoted;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets connections begin their handshake while there is room, and says why handshakes fail: one line each, with what the
 * peer presented when it was we who refused it.
 */
final class Admission implements ConnectionEvents {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
  private static final AttributeKey<String> TRANSPORT = AttributeKey.stringKey("transport");
  private static final AttributeKey<String> REASON = AttributeKey.stringKey("reason");

  private final int maxConnections;
  private final AtomicInteger open = new AtomicInteger();
  private final LongCounter failures;
  private final LongCounter aborts;

  Admission(int maxConnections, Meter meter) {
    this.maxConnections = maxConnections;
    // Loads the classes while they can be: the first handshake may fail because file descriptors
    // ran out.
    LOG.debug(
        "at most {} connections; loaded {}, {}, {}",
        maxConnections,
        Quoted.of("Printable"),
        ShedException.class,
        PeerRefusedException.class);
    this.failures = meter
        .counterBuilder("countersign.server.handshake.failures")
        .setDescription("Connections that ended before their handshake did, by reason")
        .setUnit("{connection}")
        .build();
    this.aborts = meter
        .counterBuilder("countersign.server.connections.aborted")
        .setDescription("Connections that we broke off for abuse of HTTP/2, by its error code")
        .setUnit("{connection}")
        .build();
    meter
        .upDownCounterBuilder("countersign.server.connections")
        .setDescription("Open connections, handshakes included")
        .setUnit("{connection}")
        .buildWithCallback(measurement -> measurement.record(open.get()));
  }

  @Override
  public boolean admit(Connection connection) {
    if (open.incrementAndGet() <= maxConnections) {
      return true;
    }
    open.decrementAndGet();
    count(connection, "TOO_MANY_CONNECTIONS");
    LOG.warn(
        "closed connection from {}: there are {} already (at most {})",
        connection.remoteAddress(),
        maxConnections,
        maxConnections);
    return false;
  }

  @Override
  public void handshakeFailed(Connection connection, Throwable cause) {
    PeerRefusedException refusal = refusalIn(cause);
    if (refusal != null) {
      count(connection, refusal.reason().name());
      LOG.warn(
          "refused {} peer at {}: {}: {}",
          connection.transport(),
          connection.remoteAddress(),
          refusal.reason(),
          refusal.getMessage());
    } else if (cause instanceof ShedException shed) {
      count(connection, shed.reason().name());
      LOG.warn(
          "closed {} connection from {}: {}: {}",
          connection.transport(),
          connection.remoteAddress(),
          shed.reason(),
          shed.getMessage());
    } else {
      count(connection, "HANDSHAKE");
      LOG.info(
          "handshake with {} peer at {} failed: {}",
          connection.transport(),
          connection.remoteAddress(),
          Quoted.of(messageOf(rootOf(cause))));
    }
  }

  @Override
  public void aborted(Connection connection, String error, String detail) {
    aborts.add(1, Attributes.of(TRANSPORT, connection.transport(), REASON, error));
    LOG.warn(
        "broke off connection from {}: {}: {}",
        connection.remoteAddress(),
        error,
        Quoted.of(detail));
  }

  @Override
  public void closed(Connection connection) {
    open.decrementAndGet();
  }

  int open() {
    return open.get();
  }

  private void count(Connection connection, String reason) {
    failures.add(1, Attributes.of(TRANSPORT, connection.transport(), REASON, reason));
  }

  private static @Nullable PeerRefusedException refusalIn(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof PeerRefusedException refusal) {
        return refusal;
      }
    }
    return null;
  }

  private static String messageOf(Throwable root) {
    if (root instanceof ClosedChannelException) {
      return "the connection ended before the handshake did";
    }
    String message = root.getMessage();
    return message == null ? root.getClass().getSimpleName() : message;
  }

  private static Throwable rootOf(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
