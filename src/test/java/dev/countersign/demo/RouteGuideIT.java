package dev.countersign.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.Iterators;
import com.google.common.util.concurrent.ListenableFuture;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RouteGuideIT {
  private static final Duration AMPLE = Duration.ofSeconds(30);
  private static final Feature PIER = feature(10, 10, "pier");
  private static final Feature MILL = feature(20, 20, "mill");
  private static final Point OFF_EARTH = point(900_000_001, 0);

  /** Each look at the clock takes 2.9 s. */
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1);

  private DemoServer server;
  private RouteGuideClient client;

  @BeforeEach
  void start() throws Exception {
    Places places = new Places(List.of(MILL, PIER, feature(15, 15, "")));
    server =
        new DemoServer(new RouteGuideService(places, () -> nanoTime.getAndAdd(2_900_000_000L)));
    client = new RouteGuideClient(server.channel(null), AMPLE);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void featureOfAPointIsToldInEachStyle() throws Exception {
    assertThat(client.blocking().getFeature(point(10, 10))).isEqualTo(PIER);
    assertThat(get(client.futures().getFeature(point(20, 20)))).isEqualTo(MILL);
    Heard<Feature> heard = new Heard<>();
    client.async().getFeature(point(10, 10), heard);
    assertThat(heard.end()).isEqualTo("completed");
    assertThat(heard.values).containsExactly(PIER);
  }

  @Test
  void pointWithoutFeatureIsAnsweredWithoutAName() {
    assertThat(client.blocking().getFeature(point(15, 15))).isEqualTo(feature(15, 15, ""));
    assertThat(client.blocking().getFeature(point(1, 2))).isEqualTo(feature(1, 2, ""));
  }

  @Test
  void namedFeaturesOfARectangleAreListedInEachStyle() throws Exception {
    Rectangle backwards = rectangle(point(20, 10), point(10, 20));
    List<Feature> blocking = new ArrayList<>();
    client.blocking().listFeatures(backwards, blocking::add);
    assertThat(blocking).containsExactly(PIER, MILL);
    assertThat(get(client.futures().listFeatures(backwards))).containsExactly(PIER, MILL);
    Heard<Feature> heard = new Heard<>();
    client.async().listFeatures(rectangle(point(11, 11), point(20, 20)), heard);
    assertThat(heard.end()).isEqualTo("completed");
    assertThat(heard.values).containsExactly(MILL);
  }

  @Test
  void routeIsSummedUpInEachStyle() throws Exception {
    List<Point> route = List.of(point(10, 10), point(15, 15), point(0, 0), point(0, 10_000_000));
    RouteSummary summary = RouteSummary.newBuilder()
        .setPointCount(4)
        .setFeatureCount(1)
        // One degree of the equator, 111194.93 m for this radius, and 0.31 m for the first two
        // steps.
        .setDistance(111_195)
        .setElapsedTime(2)
        .build();
    assertThat(client.blocking().recordRoute(route.iterator())).isEqualTo(summary);
    assertThat(get(client.futures().recordRoute(route.iterator()))).isEqualTo(summary);
    Heard<RouteSummary> heard = new Heard<>();
    client.async().recordRoute(route.iterator(), heard);
    assertThat(heard.end()).isEqualTo("completed");
    assertThat(heard.values).containsExactly(summary);
  }

  @Test
  void routeWithoutPointsHasASummary() {
    assertThat(client.blocking().recordRoute(List.<Point>of().iterator()))
        .isEqualTo(RouteSummary.newBuilder().setElapsedTime(2).build());
  }

  @Test
  void earlierNotesOfAPlaceAreToldInEachStyle() throws Exception {
    RouteNote a = note(1, "a");
    RouteNote b = note(1, "b");
    RouteNote elsewhere = note(2, "elsewhere");
    assertThat(client.blocking().routeChat(List.of(a, elsewhere, b).iterator())).containsExactly(a);
    assertThat(get(client.futures().routeChat(List.of(a).iterator()))).containsExactly(a, b);
    Heard<RouteNote> heard = new Heard<>();
    client.async().routeChat(List.of(elsewhere).iterator(), heard);
    assertThat(heard.end()).isEqualTo("completed");
    assertThat(heard.values).containsExactly(elsewhere);
  }

  @Test
  void noteIsAnsweredWhileTheConversationGoesOn() throws Exception {
    Heard<RouteNote> heard = new Heard<>();
    var notes = RouteGuideGrpc.newStub(server.channel(null)).routeChat(heard);
    notes.onNext(note(1, "a"));
    notes.onNext(note(1, "b"));
    assertThat(heard.next()).isEqualTo(note(1, "a"));
    notes.onNext(note(1, "c"));
    assertThat(heard.next()).isEqualTo(note(1, "a"));
    assertThat(heard.next()).isEqualTo(note(1, "b"));
    notes.onCompleted();
    assertThat(heard.end()).isEqualTo("completed");
  }

  @Test
  void pointOffEarthIsRefusedByEachKindOfCall() {
    BlockingRouteGuide guide = client.blocking();
    assertRefused(Code.INVALID_ARGUMENT, "latitude", () -> guide.getFeature(OFF_EARTH));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "latitude is out of range: 900000001",
        () -> guide.listFeatures(rectangle(point(0, 0), OFF_EARTH), feature -> {}));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "latitude",
        () -> guide.recordRoute(List.of(point(0, 0), OFF_EARTH).iterator()));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "latitude",
        () -> guide.routeChat(List.of(note(1, "a"), note(900_000_001, "b")).iterator()));
  }

  @Test
  void refusalEndsAStreamThatIsStillBeingSent() {
    Iterator<Point> endless = Iterators.cycle(point(0, 0), OFF_EARTH);
    assertRefused(Code.INVALID_ARGUMENT, "latitude", () -> client.blocking().recordRoute(endless));
  }

  @Test
  void serverNoticesThatAFutureWasCancelled() throws Exception {
    ListenableFuture<RouteSummary> summary =
        client.futures().recordRoute(Iterators.cycle(point(0, 0)));
    assertThat(server.calls.poll(30, TimeUnit.SECONDS)).isNotNull();
    assertThat(summary.cancel(true)).isTrue();
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.CANCELLED);
  }

  @Test
  void serverNoticesThatADeadlinePassed() throws Exception {
    RouteGuideClient hasty = new RouteGuideClient(client.channel(), Duration.ofSeconds(1));
    assertThat(client.blocking().getFeature(point(10, 10))).isEqualTo(PIER);
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.ANSWERED);
    assertRefused(
        Code.DEADLINE_EXCEEDED,
        "",
        () -> hasty.blocking().recordRoute(Iterators.cycle(point(0, 0))));
    assertThat(server.nextEnd()).isEqualTo(DemoServer.End.CANCELLED);
  }

  @Test
  void iteratorThatThrowsCancelsItsCall() throws Exception {
    Iterator<Point> broken =
        Iterators.transform(List.of(1, 0).iterator(), number -> point(0, 100 / number));
    assertRefused(Code.CANCELLED, "could not be made", () -> client.blocking().recordRoute(broken));
  }

  @Test
  void interruptedThreadCancelsItsCall() throws Exception {
    Thread.currentThread().interrupt();
    Throwable thrown =
        catchThrowable(() -> client.blocking().recordRoute(Iterators.cycle(point(0, 0))));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(Status.fromThrowable(thrown).getCode()).isEqualTo(Code.CANCELLED);
  }

  private static <T> T get(ListenableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static void assertRefused(Code code, String message, ThrowingCallable call) {
    StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(refused.getStatus().getCode()).isEqualTo(code);
    assertThat(refused).hasMessageContaining(message);
  }

  private static RouteNote note(int latitude, String message) {
    return RouteNote.newBuilder()
        .setLocation(point(latitude, 0))
        .setMessage(message)
        .build();
  }

  private static Rectangle rectangle(Point lo, Point hi) {
    return Rectangle.newBuilder().setLo(lo).setHi(hi).build();
  }

  private static Point point(int latitude, int longitude) {
    return Point.newBuilder().setLatitude(latitude).setLongitude(longitude).build();
  }

  private static Feature feature(int latitude, int longitude, String name) {
    return Feature.newBuilder()
        .setLocation(point(latitude, longitude))
        .setName(name)
        .build();
  }
}
