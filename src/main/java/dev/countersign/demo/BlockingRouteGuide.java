package dev.countersign.demo;

import com.google.common.util.concurrent.ListenableFuture;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteGuideGrpc.RouteGuideBlockingStub;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * The route guide by calls that return when they are done and throw {@link StatusRuntimeException} when they fail. A
 * thread that is interrupted cancels its call, keeps its interrupt and gets {@code CANCELLED}. Iterators are used as
 * {@link AsyncRouteGuide} says.
 */
public final class BlockingRouteGuide {
  private final Channel channel;
  private final Duration deadline;
  private final FutureRouteGuide futures;

  BlockingRouteGuide(Channel channel, Duration deadline) {
    this.channel = channel;
    this.deadline = deadline;
    this.futures = new FutureRouteGuide(channel, deadline);
  }

  /** What is at a point; without a name, if nothing is known there. */
  public Feature getFeature(Point point) {
    return stub().getFeature(point);
  }

  /**
   * Hands over the named features of a rectangle one by one, each taken from the server when the one before it is
   * done with. A consumer that throws ends the call.
   */
  public void listFeatures(Rectangle rectangle, Consumer<Feature> features) {
    try (CancellableContext call = Context.current().withCancellation()) {
      // Closing the context cancels the call if it still runs; without that, a stream that is left
      // early would stay.
      call.run(() -> stub().listFeatures(rectangle).forEachRemaining(features));
    }
  }

  /** Sends the points of a route; what the server made of them. */
  public RouteSummary recordRoute(Iterator<Point> points) {
    return await(futures.recordRoute(points));
  }

  /** Leaves notes; what was left at their places before, in the order that the server found it. */
  public List<RouteNote> routeChat(Iterator<RouteNote> notes) {
    return await(futures.routeChat(notes));
  }

  private RouteGuideBlockingStub stub() {
    return RouteGuideGrpc.newBlockingStub(channel).withDeadlineAfter(deadline);
  }

  /** Waits for the end of a call, which its deadline guarantees. */
  private static <T> T await(ListenableFuture<T> result) {
    try {
      return result.get();
    } catch (ExecutionException e) {
      // The trace of the thread that waited, with the transport's as its cause.
      Status status = Status.fromThrowable(e);
      throw status.withCause(e).asRuntimeException(Status.trailersFromThrowable(e));
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withDescription("interrupted").withCause(e).asRuntimeException();
    }
  }
}
