package dev.countersign.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.demo.device.Device;
import dev.countersign.demo.device.DeviceControllerGrpc;
import dev.countersign.demo.device.WatchDeviceRequest;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.identity.TrustDomain;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BackpressureIT {
  private static final Duration AMPLE = Duration.ofSeconds(60);
  private static final Rectangle EVERYWHERE = Rectangle.newBuilder()
      .setLo(point(-900_000_000, -1_800_000_000))
      .setHi(point(900_000_000, 1_800_000_000))
      .build();

  /** What HTTP/2 flow control lets a server send unread (1 MiB), and as much again for what waits in both processes. */
  private static final long BOUND = 2 << 20;

  @Test
  void listWaitsForAClientThatDoesNotRead() throws Exception {
    int count = 60_000;
    try (DemoServer server = new DemoServer(new RouteGuideService(places(count), () -> 0))) {
      SlowReader<Rectangle, Feature> reader = new SlowReader<>(server.bytesTaken, last -> false);
      RouteGuideGrpc.newStub(server.channel(null)).listFeatures(EVERYWHERE, reader);
      assertThat(server.isHeldBackOrOver()).isTrue();
      assertThat(reader.readAll()).hasSize(count);
      assertThat(server.bytesSent()).isGreaterThan(4 * BOUND);
      assertThat(server.mostBytesWaiting()).isLessThan(BOUND);
    }
  }

  @Test
  void chatTakesNoMoreNotesFromAClientThatDoesNotRead() throws Exception {
    int count = 1_000;
    try (DemoServer server = new DemoServer(new RouteGuideService(places(1), () -> 0))) {
      SlowReader<RouteNote, RouteNote> reader = new SlowReader<>(server.bytesTaken, last -> false);
      StreamObserver<RouteNote> notes =
          RouteGuideGrpc.newStub(server.channel(null)).routeChat(reader);
      RouteNote note = RouteNote.newBuilder()
          .setLocation(point(1, 1))
          .setMessage("m".repeat(RouteNotes.MAX_MESSAGE_LENGTH))
          .build();
      IntStream.range(0, count).forEach(i -> notes.onNext(note));
      notes.onCompleted();
      assertThat(server.isHeldBackOrOver()).isTrue();
      int most = RouteNotes.MAX_NOTES_PER_PLACE;
      assertThat(reader.readAll()).hasSize(most * (most - 1) / 2 + (count - most) * most);
      assertThat(server.bytesSent()).isGreaterThan(4 * BOUND);
      assertThat(server.mostBytesWaiting()).isLessThan(BOUND);
    }
  }

  @Test
  void watcherThatDoesNotReadMissesStatesAndSeesTheLatest() throws Exception {
    int count = 1_000;
    try (DemoServer server = new DemoServer(
        new DeviceControllerService(new TrustDomain("example.org"), InstantSource.system()))) {
      DeviceClient operator = new DeviceClient(server.channel(null), AMPLE);
      assertThat(operator.set("lamp-1", settings(0)).getRevision()).isEqualTo(1);
      SlowReader<WatchDeviceRequest, Device> reader =
          new SlowReader<>(server.bytesTaken, state -> state.getRevision() == count);
      DeviceControllerGrpc.newStub(server.channel(null))
          .watchDevice(WatchDeviceRequest.newBuilder().setDeviceId("lamp-1").build(), reader);
      for (int i = 1; i < count; i++) {
        assertThat(operator.set("lamp-1", settings(i)).getRevision()).isEqualTo(i + 1);
      }
      assertThat(server.isHeldBackOrOver()).isTrue();
      List<Device> seen = reader.readAll();
      assertThat(seen).hasSizeBetween(2, count / 2);
      assertThat(seen).extracting(Device::getRevision).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void consumerThatThrowsEndsAListThatIsNotAtItsEnd() throws Exception {
    try (DemoServer server = new DemoServer(new RouteGuideService(places(60_000), () -> 0))) {
      BlockingRouteGuide guide = new RouteGuideClient(server.channel(null), AMPLE).blocking();
      IllegalStateException enough = new IllegalStateException("enough");
      Throwable thrown = catchThrowable(() -> guide.listFeatures(EVERYWHERE, feature -> {
        throw enough;
      }));
      assertThat(thrown).isSameAs(enough);
      assertThat(server.nextEnd()).isEqualTo(DemoServer.End.CANCELLED);
    }
  }

  @Test
  void futureCollectsABoundedNumberOfResponses() throws Exception {
    try (DemoServer server = new DemoServer(
        new RouteGuideService(places(FutureRouteGuide.MAX_COLLECTED + 50_000), () -> 0))) {
      FutureRouteGuide guide = new RouteGuideClient(server.channel(null), AMPLE).futures();
      Throwable thrown = catchThrowable(() -> guide.listFeatures(EVERYWHERE).get());
      assertThat(Status.fromThrowable(thrown).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(server.nextEnd()).isEqualTo(DemoServer.End.CANCELLED);
    }
    try (DemoServer server =
        new DemoServer(new RouteGuideService(places(FutureRouteGuide.MAX_COLLECTED), () -> 0))) {
      FutureRouteGuide guide = new RouteGuideClient(server.channel(null), AMPLE).futures();
      assertThat(guide.listFeatures(EVERYWHERE).get()).hasSize(FutureRouteGuide.MAX_COLLECTED);
    }
  }

  private static Map<String, String> settings(int number) {
    return Map.of(
        "number",
        "" + number,
        "ballast",
        "b".repeat(DeviceLimits.MAX_VALUE_LENGTH),
        "more",
        "m".repeat(DeviceLimits.MAX_VALUE_LENGTH),
        "most",
        "m".repeat(1_000),
        "n4",
        "m".repeat(1_000),
        "n5",
        "m".repeat(1_000),
        "n6",
        "m".repeat(1_000),
        "n7",
        "m".repeat(1_000));
  }

  private static Places places(int count) {
    String name = "n".repeat(150);
    return new Places(IntStream.range(0, count)
        .mapToObj(
            i -> Feature.newBuilder().setLocation(point(i, i)).setName(name).build())
        .toList());
  }

  private static Point point(int latitude, int longitude) {
    return Point.newBuilder().setLatitude(latitude).setLongitude(longitude).build();
  }
}
