package dev.countersign.demo;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.LongSupplier;

/**
 * The route guide of the gRPC tutorials. It knows nothing of who calls: that is the policy's part. A point that is not
 * on Earth, or one that is missing, ends the call with {@code INVALID_ARGUMENT}. Responses are sent as fast as the
 * client takes them, and work stops when the call is cancelled or its deadline passes.
 */
public final class RouteGuideService extends RouteGuideGrpc.RouteGuideImplBase {
  private final Places places;
  private final LongSupplier nanoTime;
  private final RouteNotes notes = new RouteNotes();

  /**
   * A route guide without notes.
   *
   * @param places the features to tell of
   * @param nanoTime nanoseconds from any fixed start, never running backwards, such as {@code System::nanoTime}
   */
  public RouteGuideService(Places places, LongSupplier nanoTime) {
    this.places = places;
    this.nanoTime = nanoTime;
  }

  /** The feature at a point; one without a name where none is known. */
  @Override
  public void getFeature(Point request, StreamObserver<Feature> responses) {
    Answer.once(responses, () -> {
      Point point = Coordinates.require(request);
      return places
          .at(point)
          .orElseGet(() -> Feature.newBuilder().setLocation(point).build());
    });
  }

  /** The named features of a rectangle, whose corners may come in any order, from south to north. */
  @Override
  public void listFeatures(Rectangle request, StreamObserver<Feature> responses) {
    Answer.each(responses, () -> places.namedWithin(Area.between(request)));
  }

  /** Measures the points of a route as they come; nothing but the last point and the totals is kept. */
  @Override
  public StreamObserver<Point> recordRoute(StreamObserver<RouteSummary> responses) {
    return new RouteRecording(places, nanoTime, responses);
  }

  /**
   * Answers each note with the earlier notes at its place, oldest first, and remembers it. Whoever may chat reads what
   * everyone left. A bounded number of notes is kept for a bounded number of places, and the oldest go first.
   */
  @Override
  public StreamObserver<RouteNote> routeChat(StreamObserver<RouteNote> responses) {
    return new RouteChat(notes, (ServerCallStreamObserver<RouteNote>) responses);
  }
}
