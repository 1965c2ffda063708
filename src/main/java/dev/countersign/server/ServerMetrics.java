package dev.countersign.server;

import io.grpc.ServerBuilder;
import io.grpc.opentelemetry.GrpcOpenTelemetry;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** The metrics of one server: gRPC's own (gRFC A66) and ours, in the text format of Prometheus. */
final class ServerMetrics implements AutoCloseable {
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
