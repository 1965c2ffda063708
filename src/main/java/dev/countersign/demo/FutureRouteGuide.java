package dev.countersign.demo;

import com.google.common.util.concurrent.ListenableFuture;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.Channel;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;

/**
 * The route guide by futures, which fail with {@link io.grpc.StatusRuntimeException}. Cancelling one cancels its call.
 * Responses of a stream are collected, up to {@value #MAX_COLLECTED}; beyond that the call is cancelled and the future
 * fails with {@code RESOURCE_EXHAUSTED}, since a server must not decide how much memory a client needs. Iterators are
 * used as {@link AsyncRouteGuide} says.
 */
public final class FutureRouteGuide {
  /** How many responses a future collects at most. */
  public static final int MAX_COLLECTED = 10_000;

  private final Channel channel;
  private final Duration deadline;
  private final AsyncRouteGuide async;

  FutureRouteGuide(Channel channel, Duration deadline) {
    this.channel = channel;
    this.deadline = deadline;
    this.async = new AsyncRouteGuide(channel, deadline);
  }

  /** What is at a point. */
  public ListenableFuture<Feature> getFeature(Point point) {
    // The only kind that gRPC's own future stubs have.
    return RouteGuideGrpc.newFutureStub(channel).withDeadlineAfter(deadline).getFeature(point);
  }

  /** The named features of a rectangle. */
  public ListenableFuture<List<Feature>> listFeatures(Rectangle rectangle) {
    return Collected.all(MAX_COLLECTED, responses -> async.listFeatures(rectangle, responses));
  }

  /** The summary of a route. */
  public ListenableFuture<RouteSummary> recordRoute(Iterator<Point> points) {
    return Collected.one(responses -> async.recordRoute(points, responses));
  }

  /** Everything that was left before at the places of the notes. */
  public ListenableFuture<List<RouteNote>> routeChat(Iterator<RouteNote> notes) {
    return Collected.all(MAX_COLLECTED, responses -> async.routeChat(notes, responses));
  }
}
