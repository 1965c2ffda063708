package dev.countersign.server;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;

/**
 * Counts handshakes by how they ended: those of TLS as gRFC A118 names them, those of ALTS, about which it says nothing,
 * alike under a name of ours.
 */
final class HandshakeMetrics {
  private static final AttributeKey<String> RESULT =
      AttributeKey.stringKey("grpc.tls.handshake.result");
  private static final AttributeKey<String> RESUMED =
      AttributeKey.stringKey("grpc.tls.handshake.resumed");
  private static final AttributeKey<String> ALTS_RESULT = AttributeKey.stringKey("result");
  private static final String ALTS = "alts";

  private final LongCounter tls;
  private final LongCounter alts;

  HandshakeMetrics(Meter meter) {
    this.tls = meter
        .counterBuilder("grpc.server.tls.handshakes")
        .setDescription("EXPERIMENTAL: TLS handshakes on the server side, by how they ended")
        .setUnit("{handshake}")
        .build();
    this.alts = meter
        .counterBuilder("countersign.server.alts.handshakes")
        .setDescription("ALTS handshakes on the server side, by how they ended")
        .setUnit("{handshake}")
        .build();
  }

  void succeeded(String transport, boolean resumed) {
    count(transport, HandshakeResult.SUCCESS, resumed ? "RESUMED_HANDSHAKE" : "FULL_HANDSHAKE");
  }

  /** A handshake that failed; whether it would have resumed a session is not known then. */
  void failed(String transport, HandshakeResult result) {
    count(transport, result, "");
  }

  private void count(String transport, HandshakeResult result, String resumed) {
    if (transport.equals(ALTS)) {
      alts.add(1, Attributes.of(ALTS_RESULT, result.name()));
      return;
    }
    AttributesBuilder attributes = Attributes.builder().put(RESULT, result.name());
    if (!resumed.isEmpty()) {
      attributes.put(RESUMED, resumed);
    }
    tls.add(1, attributes.build());
  }
}
