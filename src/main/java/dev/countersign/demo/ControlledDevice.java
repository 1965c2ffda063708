package dev.countersign.demo;

import com.google.protobuf.Timestamp;
import dev.countersign.demo.device.Device;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;

/**
 * One device's state, replaced as a whole, and those who follow it. Followers are told that something changed and look
 * for themselves; they are called outside the lock, on the thread that made the change. Safe for use by many threads.
 */
final class ControlledDevice {
  private final InstantSource clock;
  private final Set<Runnable> followers = new CopyOnWriteArraySet<>();
  private volatile Device state;

  ControlledDevice(String id, InstantSource clock) {
    this.clock = clock;
    state = Device.newBuilder().setDeviceId(id).build();
  }

  Device state() {
    return state;
  }

  /** Changes the given settings; the revision grows if one of them had another value. */
  Device set(Map<String, String> changes) {
    DeviceLimits.settings(changes);
    Device changed;
    synchronized (this) {
      Map<String, String> settings = new HashMap<>(state.getSettingsMap());
      settings.putAll(changes);
      if (settings.equals(state.getSettingsMap())) {
        return state;
      }
      DeviceLimits.atMost(DeviceLimits.MAX_SETTINGS, settings.size(), "settings");
      changed = state.toBuilder()
          .putAllSettings(changes)
          .setRevision(state.getRevision() + 1)
          .build();
      state = changed;
    }
    tellFollowers();
    return changed;
  }

  /** Remembers the newest value of a metric. */
  void report(String metric, double value) {
    DeviceLimits.measurement(metric, value);
    synchronized (this) {
      Device.Builder changed = seen().putTelemetry(metric, value);
      DeviceLimits.atMost(DeviceLimits.MAX_METRICS, changed.getTelemetryCount(), "metrics");
      state = changed.build();
    }
    tellFollowers();
  }

  /** Remembers which revision the device runs. */
  void acknowledge(long revision) {
    synchronized (this) {
      if (revision < 0 || revision > state.getRevision()) {
        throw DeviceLimits.invalid("acknowledged revision is out of range: " + revision + " (0 to "
            + state.getRevision() + ")");
      }
      state = seen().setAcknowledgedRevision(revision).build();
    }
    tellFollowers();
  }

  /**
   * Calls the follower after each change until it is removed.
   *
   * @throws io.grpc.StatusRuntimeException {@code RESOURCE_EXHAUSTED}, if there are too many
   */
  synchronized void addFollower(Runnable follower) {
    DeviceLimits.atMost(DeviceLimits.MAX_FOLLOWERS, followers.size() + 1, "followers of a device");
    followers.add(follower);
  }

  void removeFollower(Runnable follower) {
    followers.remove(follower);
  }

  int followers() {
    return followers.size();
  }

  private Device.Builder seen() {
    Instant now = clock.instant();
    return state.toBuilder()
        .setLastSeen(
            Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()));
  }

  private void tellFollowers() {
    followers.forEach(Runnable::run);
  }
}
