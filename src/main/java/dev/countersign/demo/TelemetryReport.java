package dev.countersign.demo;

import dev.countersign.demo.device.Telemetry;
import dev.countersign.demo.device.TelemetrySummary;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;

/** Measurements as they come, each by the device it is about, and how many there were. */
final class TelemetryReport extends RequestStream<Telemetry> {
  private final Function<String, ControlledDevice> own;
  private final StreamObserver<TelemetrySummary> responses;
  private long accepted;

  /** A report about the devices that the function does not refuse. */
  TelemetryReport(
      Function<String, ControlledDevice> own, StreamObserver<TelemetrySummary> responses) {
    super(responses);
    this.own = own;
    this.responses = responses;
  }

  @Override
  void receive(Telemetry telemetry) {
    own.apply(telemetry.getDeviceId()).report(telemetry.getMetric(), telemetry.getValue());
    accepted++;
  }

  @Override
  void finish() {
    responses.onNext(TelemetrySummary.newBuilder().setAccepted(accepted).build());
    responses.onCompleted();
  }
}
