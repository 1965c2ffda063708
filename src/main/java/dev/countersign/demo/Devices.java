package dev.countersign.demo;

import io.grpc.Status;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** All devices that were ever set or heard of, up to a limit. Safe for use by many threads. */
final class Devices {
  private final InstantSource clock;
  private final Map<String, ControlledDevice> byId = new HashMap<>();

  Devices(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * A device that is known.
   *
   * @throws io.grpc.StatusRuntimeException {@code NOT_FOUND}, or {@code INVALID_ARGUMENT} for what is no device's id
   */
  synchronized ControlledDevice known(String id) {
    ControlledDevice device = byId.get(DeviceLimits.deviceId(id));
    if (device == null) {
      throw Status.NOT_FOUND.withDescription("no device \"" + id + "\"").asRuntimeException();
    }
    return device;
  }

  /**
   * A device, from now on known.
   *
   * @throws io.grpc.StatusRuntimeException {@code RESOURCE_EXHAUSTED} if there are too many, or
   *     {@code INVALID_ARGUMENT} for what is no device's id
   */
  synchronized ControlledDevice knownOrNew(String id) {
    ControlledDevice device = byId.get(DeviceLimits.deviceId(id));
    if (device == null) {
      DeviceLimits.atMost(DeviceLimits.MAX_DEVICES, byId.size() + 1, "devices");
      device = new ControlledDevice(id, clock);
      byId.put(id, device);
    }
    return device;
  }
}
