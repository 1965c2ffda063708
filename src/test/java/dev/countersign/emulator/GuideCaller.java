package dev.countersign.emulator;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteGuideGrpc.RouteGuideBlockingStub;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client of an {@link EchoGuide} that makes all four kinds of calls, and large and small ones. */
final class GuideCaller {
  private static final int MEGABYTES = 100;
  private static final int MEGABYTE = 1 << 20;
  private static final int MANY = 100;
  private static final long PATIENCE_SECONDS = 30;

  private GuideCaller() {}

  /**
   * Who the server took us for, after calls of all kinds: 100 features, 100 points, 100 MB each way and a number of
   * small round trips, which ends early only by an exception.
   */
  static String callEverything(Channel channel, int roundTrips) throws Exception {
    RouteGuideBlockingStub guide = RouteGuideGrpc.newBlockingStub(channel);
    Feature feature = guide
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .getFeature(Point.getDefaultInstance());
    require("features", list(guide, MANY), MANY);
    require("points", record(channel, MANY).getPointCount(), MANY);
    require("large notes", PingPong.start(channel, note(MEGABYTE), MEGABYTES).get(), MEGABYTES);
    require("small notes", PingPong.start(channel, note(1), roundTrips).get(), roundTrips);
    return feature.getName();
  }

  /** What a server sums up about a stream of points. */
  static RouteSummary record(Channel channel, int points) throws Exception {
    CompletableFuture<RouteSummary> summary = new CompletableFuture<>();
    StreamObserver<Point> route = RouteGuideGrpc.newStub(channel)
        .recordRoute(new StreamObserver<>() {
          @Override
          public void onNext(RouteSummary value) {
            summary.complete(value);
          }

          @Override
          public void onError(Throwable failure) {
            summary.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {}
        });
    for (int i = 0; i < points; i++) {
      route.onNext(Point.getDefaultInstance());
    }
    route.onCompleted();
    return summary.get();
  }

  static RouteNote note(int bytes) {
    return RouteNote.newBuilder().setMessage("x".repeat(bytes)).build();
  }

  private static int list(RouteGuideBlockingStub guide, int features) {
    Iterator<Feature> listed = guide.listFeatures(
        Rectangle.newBuilder().setHi(Point.newBuilder().setLatitude(features)).build());
    int count = 0;
    while (listed.hasNext()) {
      listed.next();
      count++;
    }
    return count;
  }

  private static void require(String what, int found, int expected) {
    if (found != expected) {
      throw new IllegalStateException(what + ": " + found + " (expected " + expected + ")");
    }
  }
}
