package dev.countersign.server;

import dev.countersign.credentials.KeyMaterial;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;

/** The metrics of one server: gRPC's own (gRFC A66) and ours, in the text format of Prometheus. */
final class ServerMetrics implements AutoCloseable {
  private static final AttributeKey<String> IDENTITY = AttributeKey.stringKey("identity");

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

  /** How long each certificate that we present still is valid; negative once it is not. */
  void certificateExpiry(Set<KeyMaterial> materials, InstantSource clock) {
    meter()
        .gaugeBuilder("countersign.certificate.expiry")
        .ofLongs()
        .setDescription("Time until our certificate expires, by the name that it proves")
        .setUnit("s")
        .buildWithCallback(measurement -> {
          for (KeyMaterial material : materials) {
            measurement.record(
                Duration.between(clock.instant(), material.credential().notAfter())
                    .toSeconds(),
                Attributes.of(IDENTITY, material.credential().names().get(0).name()));
          }
        });
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
