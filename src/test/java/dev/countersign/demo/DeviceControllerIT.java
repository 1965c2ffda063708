package dev.countersign.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.demo.device.Device;
import dev.countersign.demo.device.DeviceCommand;
import dev.countersign.demo.device.DeviceControllerGrpc;
import dev.countersign.demo.device.DeviceEvent;
import dev.countersign.demo.device.Telemetry;
import dev.countersign.identity.TrustDomain;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceControllerIT {
  private static final Duration AMPLE = Duration.ofSeconds(60);
  private static final String OPERATOR = "spiffe://example.org/ns/demo/sa/operator";
  private static final String LAMP = "spiffe://example.org/device/lamp-1";

  private DemoServer server;
  private DeviceClient operator;
  private DeviceClient lamp;

  @BeforeEach
  void start() throws Exception {
    server = new DemoServer(
        new DeviceControllerService(new TrustDomain("example.org"), InstantSource.system()));
    operator = client(OPERATOR);
    lamp = client(LAMP);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatIsSetCanBeGot() {
    assertRefused(Code.NOT_FOUND, () -> operator.get("lamp-1"));
    Device set = operator.set("lamp-1", Map.of("light", "on"));
    assertThat(set.getRevision()).isEqualTo(1);
    assertThat(operator.get("lamp-1")).isEqualTo(set);
  }

  @Test
  void badRequestChangesNothing() {
    assertRefused(Code.INVALID_ARGUMENT, () -> operator.set("lamp-1", Map.of("no good", "on")));
    assertRefused(Code.INVALID_ARGUMENT, () -> operator.set("a/b", Map.of("light", "on")));
    assertRefused(Code.NOT_FOUND, () -> operator.get("lamp-1"));
  }

  @Test
  void watcherSeesTheStateNowAndThenEachChange() throws Exception {
    operator.set("lamp-1", Map.of("light", "on"));
    Heard<Device> heard = new Heard<>();
    operator.watch("lamp-1", AMPLE, heard);
    assertThat(heard.next().getSettingsMap()).isEqualTo(Map.of("light", "on"));
    operator.set("lamp-1", Map.of("light", "off"));
    assertThat(heard.next().getSettingsMap()).isEqualTo(Map.of("light", "off"));
    assertThat(lamp.report(List.of(telemetry("lamp-1", 3.5)).iterator()).get().getAccepted())
        .isEqualTo(1);
    assertThat(heard.next().getTelemetryMap()).isEqualTo(Map.of("watts", 3.5));
    assertThat(heard.values).isEmpty();
  }

  @Test
  void watchingAnUnknownDeviceIsRefused() {
    Heard<Device> heard = new Heard<>();
    operator.watch("lamp-1", AMPLE, heard);
    assertRefused(Code.NOT_FOUND, heard::end);
  }

  @Test
  void watchEndsWithItsTime() throws Exception {
    operator.set("lamp-1", Map.of("light", "on"));
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.ANSWERED);
    Heard<Device> heard = new Heard<>();
    operator.watch("lamp-1", Duration.ofSeconds(1), heard);
    assertRefused(Code.DEADLINE_EXCEEDED, heard::end);
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.CANCELLED);
  }

  @Test
  void deviceReportsForItself() throws Exception {
    List<Telemetry> measurements = List.of(telemetry("lamp-1", 3.5), telemetry("lamp-1", 4.5));
    assertThat(lamp.report(measurements.iterator()).get().getAccepted()).isEqualTo(2);
    Device seen = operator.get("lamp-1");
    assertThat(seen.getTelemetryMap()).isEqualTo(Map.of("watts", 4.5));
    assertThat(seen.hasLastSeen()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://example.org/device/lamp-2",
        "spiffe://example.org/device/lamp-10",
        "spiffe://example.org/device/lamp-1/part",
        "spiffe://example.org/device",
        "spiffe://example.org/Device/lamp-1",
        "spiffe://example.net/device/lamp-1",
        "https://example.org/device/lamp-1",
        "lamp-1.example.org",
        "CN=lamp-1",
        "lamp-1@example.iam.gserviceaccount.com",
        OPERATOR
      })
  void nobodyElseSpeaksForADevice(String peer) throws Exception {
    assertThat(lamp.report(List.of(telemetry("lamp-1", 1)).iterator()).get().getAccepted())
        .isEqualTo(1);
    DeviceClient other = client(peer);
    assertRefused(
        Code.PERMISSION_DENIED,
        () -> other.report(List.of(telemetry("lamp-1", 2)).iterator()).get());
    assertThat(operator.get("lamp-1").getTelemetryMap()).isEqualTo(Map.of("watts", 1.0));
    assertRefused(
        Code.PERMISSION_DENIED,
        () -> other.control("lamp-1", AMPLE, command -> {}).ended().get());
  }

  @Test
  void deviceThatGoesOnWithAnotherNameIsRefused() {
    assertRefused(
        Code.PERMISSION_DENIED,
        () -> lamp.report(
                List.of(telemetry("lamp-1", 1), telemetry("lamp-2", 2)).iterator())
            .get());
    assertThat(operator.get("lamp-1").getTelemetryMap()).isEqualTo(Map.of("watts", 1.0));
    assertRefused(Code.NOT_FOUND, () -> operator.get("lamp-2"));
  }

  @Test
  void outsideAGuardedCallNobodySpeaksForADevice() {
    DeviceClient nobody = client(null);
    assertRefused(
        Code.UNKNOWN,
        () -> nobody.report(List.of(telemetry("lamp-1", 1)).iterator()).get());
    assertRefused(
        Code.UNKNOWN,
        () -> nobody.control("lamp-1", AMPLE, command -> {}).ended().get());
    assertRefused(Code.NOT_FOUND, () -> operator.get("lamp-1"));
  }

  @Test
  void sessionCarriesSettingsToTheDeviceAndAcknowledgementsBack() throws Exception {
    operator.set("lamp-1", Map.of("light", "on"));
    Heard<Device> watched = new Heard<>();
    operator.watch("lamp-1", AMPLE, watched);
    BlockingQueue<DeviceCommand> commands = new LinkedBlockingQueue<>();
    DeviceSession session = lamp.control("lamp-1", AMPLE, commands::add);
    DeviceCommand first = commands.poll(30, TimeUnit.SECONDS);
    assertThat(first.getRevision()).isEqualTo(1);
    assertThat(first.getSettingsMap()).isEqualTo(Map.of("light", "on"));
    untilAcknowledged(watched, 1);
    operator.set("lamp-1", Map.of("light", "off"));
    assertThat(commands.poll(30, TimeUnit.SECONDS).getRevision()).isEqualTo(2);
    untilAcknowledged(watched, 2);
    // A measurement changes the device, but not what it is to be.
    lamp.report(List.of(telemetry("lamp-1", 1)).iterator()).get();
    session.close();
    assertThat(session.ended().get(30, TimeUnit.SECONDS)).isNull();
    assertThat(commands).isEmpty();
  }

  @Test
  void acknowledgingWhatWasNeverSentEndsTheSession() throws Exception {
    Heard<DeviceCommand> heard = new Heard<>();
    StreamObserver<DeviceEvent> events =
        DeviceControllerGrpc.newStub(server.channel(LAMP)).control(heard);
    events.onNext(DeviceEvent.newBuilder().setDeviceId("lamp-1").build());
    assertThat(heard.next().getRevision()).isZero();
    events.onNext(DeviceEvent.newBuilder()
        .setDeviceId("lamp-1")
        .setAcknowledgedRevision(1)
        .build());
    assertRefused(Code.INVALID_ARGUMENT, heard::end);
  }

  @Test
  void consumerThatThrowsEndsTheSession() throws Exception {
    DeviceSession session = lamp.control("lamp-1", AMPLE, command -> {
      throw new IllegalStateException("lamp is broken");
    });
    assertRefused(Code.CANCELLED, () -> session.ended().get());
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.CANCELLED);
  }

  @Test
  void watcherThatLeavesMakesRoomForAnother() throws Exception {
    try (Context.CancellableContext leaving = Context.current().withCancellation()) {
      Heard<Device> first = new Heard<>();
      operator.set("lamp-1", Map.of("light", "on"));
      assertThat(server.nextEnd()).isEqualTo(DemoServer.End.ANSWERED);
      leaving.run(() -> operator.watch("lamp-1", AMPLE, first));
      assertThat(first.next().getRevision()).isEqualTo(1);
      fillTheRest();
      leaving.cancel(null);
      assertThat(server.nextEnd()).isEqualTo(DemoServer.End.CANCELLED);
    }
    Heard<Device> another = new Heard<>();
    operator.watch("lamp-1", AMPLE, another);
    assertThat(another.next().getRevision()).isEqualTo(1);
  }

  @Test
  void watcherWhoseCallWasClosedByAGuardMakesRoomForAnother() throws Exception {
    operator.set("lamp-1", Map.of("light", "on"));
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.ANSWERED);
    server.calls.clear();
    Heard<Device> first = new Heard<>();
    operator.watch("lamp-1", AMPLE, first);
    assertThat(first.next().getRevision()).isEqualTo(1);
    ServerCall<?, ?> call = server.calls.poll(30, TimeUnit.SECONDS);
    fillTheRest();
    call.close(Status.PERMISSION_DENIED, new Metadata());
    assertRefused(Code.PERMISSION_DENIED, first::end);
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.ANSWERED);
    Heard<Device> another = new Heard<>();
    operator.watch("lamp-1", AMPLE, another);
    assertThat(another.next().getRevision()).isEqualTo(1);
    assertThat(operator.set("lamp-1", Map.of("light", "off")).getRevision()).isEqualTo(2);
    assertThat(another.next().getRevision()).isEqualTo(2);
  }

  /** Takes every place that is left after one watcher, and shows that there is no more. */
  private void fillTheRest() throws Exception {
    for (int i = 1; i < DeviceLimits.MAX_FOLLOWERS; i++) {
      Heard<Device> heard = new Heard<>();
      operator.watch("lamp-1", AMPLE, heard);
      assertThat(heard.next().getRevision()).isEqualTo(1);
    }
    Heard<Device> tooMany = new Heard<>();
    operator.watch("lamp-1", AMPLE, tooMany);
    assertRefused(Code.RESOURCE_EXHAUSTED, tooMany::end);
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.ANSWERED);
  }

  private static void untilAcknowledged(Heard<Device> watched, long revision) throws Exception {
    Device seen = watched.next();
    while (seen.getAcknowledgedRevision() != revision) {
      seen = watched.next();
    }
    assertThat(seen.getAcknowledgedRevision()).isEqualTo(revision);
  }

  private DeviceClient client(@Nullable String peer) {
    return new DeviceClient(server.channel(peer), AMPLE);
  }

  private static Telemetry telemetry(String deviceId, double watts) {
    return Telemetry.newBuilder()
        .setDeviceId(deviceId)
        .setMetric("watts")
        .setValue(watts)
        .build();
  }

  private static void assertRefused(Code code, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).isNotNull();
    assertThat(Status.fromThrowable(thrown).getCode()).isEqualTo(code);
  }
}
