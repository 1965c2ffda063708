package dev.countersign.demo;

import dev.countersign.demo.device.Device;
import dev.countersign.demo.device.DeviceCommand;
import dev.countersign.demo.device.DeviceControllerGrpc;
import dev.countersign.demo.device.DeviceEvent;
import dev.countersign.demo.device.GetDeviceRequest;
import dev.countersign.demo.device.SetDeviceRequest;
import dev.countersign.demo.device.Telemetry;
import dev.countersign.demo.device.TelemetrySummary;
import dev.countersign.demo.device.WatchDeviceRequest;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.TrustDomain;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * A controller of devices. Who may set and who may watch is the policy's part. What a policy cannot say is said here: a
 * device speaks only for itself, so its telemetry and its session need the SPIFFE id
 * {@code spiffe://trust-domain/device/device-id}, else the call ends with {@code PERMISSION_DENIED}. Outside a guarded
 * call nobody speaks for a device at all.
 *
 * <p>What is kept is bounded: beyond the number of devices, settings, metrics or followers a call ends with
 * {@code RESOURCE_EXHAUSTED}; text that is too long or no name, with {@code INVALID_ARGUMENT}.
 */
public final class DeviceControllerService extends DeviceControllerGrpc.DeviceControllerImplBase {
  private final TrustDomain trustDomain;
  private final Devices devices;

  /**
   * A controller that knows no device yet.
   *
   * @param trustDomain the realm whose {@code /device/...} ids are the devices
   * @param clock what tells when a device was last seen
   */
  public DeviceControllerService(TrustDomain trustDomain, InstantSource clock) {
    this.trustDomain = trustDomain;
    this.devices = new Devices(clock);
  }

  /** The state of a device, or {@code NOT_FOUND} for one that was never set or heard of. */
  @Override
  public void getDevice(GetDeviceRequest request, StreamObserver<Device> responses) {
    Answer.once(responses, () -> devices.known(request.getDeviceId()).state());
  }

  /** Changes settings of a device, known before or not; the others stay. */
  @Override
  public void setDevice(SetDeviceRequest request, StreamObserver<Device> responses) {
    Answer.once(responses, () -> {
      DeviceLimits.settings(request.getSettingsMap());
      return devices.knownOrNew(request.getDeviceId()).set(request.getSettingsMap());
    });
  }

  /** The state now, then each change until the call is cancelled; who reads slowly sees the latest. */
  @Override
  public void watchDevice(WatchDeviceRequest request, StreamObserver<Device> responses) {
    StateFeed<Device> feed =
        new StateFeed<>((ServerCallStreamObserver<Device>) responses, Function.identity());
    Answer.refusing(feed, () -> feed.follow(devices.known(request.getDeviceId())));
  }

  /** Takes measurements of the calling device; those before a refused one stay. */
  @Override
  public StreamObserver<Telemetry> reportTelemetry(StreamObserver<TelemetrySummary> responses) {
    return new TelemetryReport(ownDevices(), responses);
  }

  /** Sends the calling device a command when its first event opens the session and when its settings change. */
  @Override
  public StreamObserver<DeviceEvent> control(StreamObserver<DeviceCommand> responses) {
    return new ControlSession(
        ownDevices(),
        new StateFeed<>(
            (ServerCallStreamObserver<DeviceCommand>) responses,
            device -> DeviceCommand.newBuilder()
                .setRevision(device.getRevision())
                .putAllSettings(device.getSettingsMap())
                .build()));
  }

  /** The devices that the caller may speak for: itself. Bound to who called when the stream began. */
  private Function<String, ControlledDevice> ownDevices() {
    PeerIdentity peer = PeerIdentity.current();
    return deviceId -> {
      peer.require(trustDomain.id("device", DeviceLimits.deviceId(deviceId)));
      return devices.knownOrNew(deviceId);
    };
  }
}
