package dev.countersign.server;

import dev.countersign.credentials.Transport;
import io.grpc.ServerBuilder;
import io.grpc.opentelemetry.GrpcOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Set;

/** The metrics of one server: gRPC's own (gRFC A66) and ours, in the text format of Prometheus. */
final class ServerMetrics implements AutoCloseable {
  private static final AttributeKey<String> TRANSPORT = AttributeKey.stringKey("transport");

  private final PrometheusMetricReader reader = PrometheusMetricReader.create();
  private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
      .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(reader).build())
      .build();
  private final GrpcOpenTelemetry grpc = GrpcOpenTelemetry.newBuilder().sdk(sdk).build();

  Meter meter() {
    return sdk.getMeter("countersign");
  }

  void observe(ServerBuilder<?> server) {
    grpc.configureServerBuilder(server);
  }

  /** Which transports were chosen, and whether each can take connections now. */
  void transports(Set<Transport> transports) {
    meter()
        .gaugeBuilder("countersign.server.transport")
        .ofLongs()
        .setDescription("Transports that were chosen: 1 while new connections can be made, else 0")
        .buildWithCallback(measurement -> transports.forEach(transport -> measurement.record(
            transport.obstacle() == null ? 1 : 0, Attributes.of(TRANSPORT, transport.name()))));
  }

  byte[] text() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(text, reader.collect());
    return text.toByteArray();
  }

  @Override
  public void close() {
    sdk.close();
  }
}
