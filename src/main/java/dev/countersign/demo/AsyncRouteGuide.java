package dev.countersign.demo;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteGuideGrpc.RouteGuideStub;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Iterator;

/**
 * The route guide by observers. What arrives is told one by one, and the next is asked for when the observer returns;
 * an observer that throws cancels its call. What is sent is taken from an iterator when the transport has room, on the
 * channel's executor, so the iterator must not block; one that throws cancels its call. A call also ends with the
 * {@link io.grpc.Context} that it was made in.
 */
public final class AsyncRouteGuide {
  private final Channel channel;
  private final Duration deadline;

  AsyncRouteGuide(Channel channel, Duration deadline) {
    this.channel = channel;
    this.deadline = deadline;
  }

  /** Asks what is at a point. */
  public void getFeature(Point point, StreamObserver<Feature> feature) {
    stub().getFeature(point, feature);
  }

  /** Asks for the named features of a rectangle. */
  public void listFeatures(Rectangle rectangle, StreamObserver<Feature> features) {
    stub().listFeatures(rectangle, features);
  }

  /** Sends the points of a route and asks for its summary. */
  public void recordRoute(Iterator<Point> points, StreamObserver<RouteSummary> summary) {
    var unused = stub().recordRoute(new PacedRequests<>(points, summary));
  }

  /** Leaves notes and hears what was left at their places before. */
  public void routeChat(Iterator<RouteNote> notes, StreamObserver<RouteNote> earlierNotes) {
    var unused = stub().routeChat(new PacedRequests<>(notes, earlierNotes));
  }

  private RouteGuideStub stub() {
    return RouteGuideGrpc.newStub(channel).withDeadlineAfter(deadline);
  }
}
