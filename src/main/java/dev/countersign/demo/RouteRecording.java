package dev.countersign.demo;

import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One route being recorded. Totals that a 32-bit field cannot hold stop at its largest value. */
final class RouteRecording extends RequestStream<Point> {
  private final Places places;
  private final LongSupplier nanoTime;
  private final StreamObserver<RouteSummary> responses;
  private final long start;
  private @Nullable Point last;
  private long points;
  private long features;
  private double metres;

  RouteRecording(Places places, LongSupplier nanoTime, StreamObserver<RouteSummary> responses) {
    super(responses);
    this.places = places;
    this.nanoTime = nanoTime;
    this.responses = responses;
    start = nanoTime.getAsLong();
  }

  @Override
  void receive(Point request) {
    Point point = Coordinates.require(request);
    points++;
    if (places.isNamed(point)) {
      features++;
    }
    if (last != null) {
      metres += Coordinates.distance(last, point);
    }
    last = point;
  }

  @Override
  void finish() {
    responses.onNext(RouteSummary.newBuilder()
        .setPointCount(saturated(points))
        .setFeatureCount(saturated(features))
        .setDistance(saturated((long) metres))
        .setElapsedTime(saturated(TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - start)))
        .build());
    responses.onCompleted();
  }

  private static int saturated(long value) {
    return (int) Math.min(value, Integer.MAX_VALUE);
  }
}
