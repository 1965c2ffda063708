package dev.countersign.demo;

import com.google.common.util.concurrent.ListenableFuture;
import dev.countersign.demo.device.Device;
import dev.countersign.demo.device.DeviceCommand;
import dev.countersign.demo.device.DeviceControllerGrpc;
import dev.countersign.demo.device.DeviceControllerGrpc.DeviceControllerBlockingStub;
import dev.countersign.demo.device.DeviceControllerGrpc.DeviceControllerStub;
import dev.countersign.demo.device.GetDeviceRequest;
import dev.countersign.demo.device.SetDeviceRequest;
import dev.countersign.demo.device.Telemetry;
import dev.countersign.demo.device.TelemetrySummary;
import dev.countersign.demo.device.WatchDeviceRequest;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The device controller as operators, viewers and devices call it. Short calls have one deadline, long ones are given
 * theirs. Immutable and safe for use by many threads; the channel stays the caller's to close.
 *
 * @param channel where the calls go
 * @param deadline how long a call may take that is not meant to last
 */
public record DeviceClient(Channel channel, Duration deadline) {

  /** The state of a device. */
  public Device get(String deviceId) {
    return blocking()
        .getDevice(GetDeviceRequest.newBuilder().setDeviceId(deviceId).build());
  }

  /** Changes settings of a device; the others stay. */
  public Device set(String deviceId, Map<String, String> settings) {
    return blocking()
        .setDevice(SetDeviceRequest.newBuilder()
            .setDeviceId(deviceId)
            .putAllSettings(settings)
            .build());
  }

  /**
   * Follows a device until the time is over or the {@link io.grpc.Context} of the call is cancelled. The next state is
   * asked for when the observer returns, and an observer that throws cancels the call.
   */
  public void watch(String deviceId, Duration atMost, StreamObserver<Device> states) {
    async(atMost)
        .watchDevice(WatchDeviceRequest.newBuilder().setDeviceId(deviceId).build(), states);
  }

  /** Reports measurements as fast as the server takes them; the iterator must not block. */
  public ListenableFuture<TelemetrySummary> report(Iterator<Telemetry> measurements) {
    return Collected.one(responses -> {
      var unused = async(deadline).reportTelemetry(new PacedRequests<>(measurements, responses));
    });
  }

  /**
   * Opens the session of a device: each command is handed over and acknowledged when the consumer returns. A consumer
   * that throws cancels the session.
   */
  public DeviceSession control(String deviceId, Duration atMost, Consumer<DeviceCommand> commands) {
    DeviceSession session = new DeviceSession(deviceId, commands);
    var unused = async(atMost).control(session.observer());
    return session;
  }

  private DeviceControllerBlockingStub blocking() {
    return DeviceControllerGrpc.newBlockingStub(channel).withDeadlineAfter(deadline);
  }

  private DeviceControllerStub async(Duration atMost) {
    return DeviceControllerGrpc.newStub(channel).withDeadlineAfter(atMost);
  }
}
