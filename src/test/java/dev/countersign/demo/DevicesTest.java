package dev.countersign.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Timestamp;
import dev.countersign.demo.device.Device;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DevicesTest {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00.000000005Z");

  private final Devices devices = new Devices(InstantSource.fixed(NOW));
  private final ControlledDevice device = devices.knownOrNew("lamp-1");

  @Test
  void revisionGrowsOnlyWhenASettingChanges() {
    assertThat(device.state().getRevision()).isZero();
    assertThat(device.set(Map.of("light", "on", "hue", "3")).getRevision()).isEqualTo(1);
    assertThat(device.set(Map.of("light", "on")).getRevision()).isEqualTo(1);
    Device changed = device.set(Map.of("light", "off"));
    assertThat(changed.getRevision()).isEqualTo(2);
    assertThat(changed.getSettingsMap()).isEqualTo(Map.of("light", "off", "hue", "3"));
  }

  @Test
  void newestMeasurementOfEachMetricIsKeptWithItsTime() {
    device.report("watts", 3.5);
    device.report("watts", 4.5);
    device.report("kelvin", 2700);
    assertThat(device.state().getTelemetryMap()).isEqualTo(Map.of("watts", 4.5, "kelvin", 2700.0));
    assertThat(device.state().getLastSeen())
        .isEqualTo(
            Timestamp.newBuilder().setSeconds(NOW.getEpochSecond()).setNanos(5).build());
  }

  @Test
  void acknowledgesOnlyRevisionsThatExist() {
    device.set(Map.of("light", "on"));
    device.acknowledge(1);
    assertThat(device.state().getAcknowledgedRevision()).isEqualTo(1);
    assertRefused(
        Code.INVALID_ARGUMENT, "revision is out of range: 2 (0 to 1)", () -> device.acknowledge(2));
    assertRefused(Code.INVALID_ARGUMENT, "out of range: -1", () -> device.acknowledge(-1));
    assertThat(device.state().getAcknowledgedRevision()).isEqualTo(1);
  }

  @Test
  void followersAreToldOfEachChangeUntilTheyAreRemoved() {
    List<Long> seen = new ArrayList<>();
    Runnable follower = () -> seen.add(device.state().getRevision());
    device.addFollower(follower);
    device.set(Map.of("light", "on"));
    device.set(Map.of("light", "on"));
    device.set(Map.of("light", "off"));
    device.removeFollower(follower);
    device.set(Map.of("light", "on"));
    assertThat(seen).containsExactly(1L, 2L);
  }

  @ParameterizedTest
  @CsvSource({
    "lamp-1, true",
    "A.b_c-9, true",
    "..., true",
    "., false",
    ".., false",
    "'', false",
    "a/b, false",
    "a b, false",
    "a%2fb, false",
    "lämp, false",
    "'a\n', false"
  })
  void deviceIdIsOneSegmentOfASpiffePath(String id, boolean valid) {
    if (valid) {
      assertThat(DeviceLimits.deviceId(id)).isEqualTo(id);
    } else {
      assertRefused(Code.INVALID_ARGUMENT, "device id", () -> devices.knownOrNew(id));
    }
  }

  @Test
  void unknownDeviceIsNotFound() {
    assertThat(devices.known("lamp-1")).isSameAs(device);
    assertRefused(Code.NOT_FOUND, "no device \"lamp-2\"", () -> devices.known("lamp-2"));
  }

  @Test
  void oneDeviceMoreThanTheLimitIsRefused() {
    for (int i = 2; i <= DeviceLimits.MAX_DEVICES; i++) {
      devices.knownOrNew("lamp-" + i);
    }
    assertRefused(
        Code.RESOURCE_EXHAUSTED,
        "too many devices (at most 1000)",
        () -> devices.knownOrNew("more"));
    assertThat(devices.knownOrNew("lamp-1")).isSameAs(device);
  }

  @Test
  void oneSettingMoreThanTheLimitIsRefusedAndChangesNothing() {
    Device full = device.set(numbered(DeviceLimits.MAX_SETTINGS, i -> "v"));
    assertRefused(Code.RESOURCE_EXHAUSTED, "settings", () -> device.set(Map.of("more", "v")));
    assertThat(device.state()).isSameAs(full);
    assertThat(device.set(Map.of("n0", "w")).getRevision()).isEqualTo(2);
    assertRefused(
        Code.RESOURCE_EXHAUSTED,
        "settings",
        () -> DeviceLimits.settings(numbered(DeviceLimits.MAX_SETTINGS + 1, i -> "v")));
  }

  @Test
  void oneMetricMoreThanTheLimitIsRefusedAndChangesNothing() {
    numbered(DeviceLimits.MAX_METRICS, i -> "")
        .keySet()
        .forEach(metric -> device.report(metric, 1));
    Device full = device.state();
    assertRefused(Code.RESOURCE_EXHAUSTED, "metrics", () -> device.report("more", 1));
    assertThat(device.state()).isSameAs(full);
  }

  @Test
  void oneFollowerMoreThanTheLimitIsRefused() {
    List<Runnable> followers = new ArrayList<>();
    for (int i = 0; i < DeviceLimits.MAX_FOLLOWERS; i++) {
      // Holds a variable, so that each is an object of its own.
      int number = i;
      followers.add(() -> assertThat(number).isNotNegative());
      device.addFollower(followers.get(i));
    }
    assertRefused(Code.RESOURCE_EXHAUSTED, "followers", () -> device.addFollower(() -> {}));
    device.removeFollower(followers.get(0));
    device.addFollower(followers.get(0));
    assertThat(device.followers()).isEqualTo(DeviceLimits.MAX_FOLLOWERS);
  }

  @Test
  void textsAndNumbersThatAreTooLongOrNoneAreRefused() {
    String longest = "v".repeat(DeviceLimits.MAX_VALUE_LENGTH);
    assertThat(device.set(Map.of("n".repeat(64), longest)).getRevision()).isEqualTo(1);
    assertRefused(
        Code.INVALID_ARGUMENT, "too long: 1025", () -> device.set(Map.of("k", longest + "v")));
    assertRefused(Code.INVALID_ARGUMENT, "setting", () -> device.set(Map.of("n".repeat(65), "v")));
    assertRefused(Code.INVALID_ARGUMENT, "metric", () -> device.report("", 1));
    assertRefused(Code.INVALID_ARGUMENT, "NaN", () -> device.report("watts", Double.NaN));
    assertRefused(
        Code.INVALID_ARGUMENT, "Infinity", () -> device.report("watts", Double.POSITIVE_INFINITY));
  }

  private static Map<String, String> numbered(int count, Function<Integer, String> value) {
    return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "n" + i, value));
  }

  private static void assertRefused(Code code, String message, ThrowingCallable call) {
    StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(refused.getStatus().getCode()).isEqualTo(code);
    assertThat(refused).hasMessageContaining(message);
  }
}
