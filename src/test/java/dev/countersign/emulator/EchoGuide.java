package dev.countersign.emulator;

import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.Rectangle;
import dev.countersign.demo.routeguide.RouteGuideGrpc.RouteGuideImplBase;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.demo.routeguide.RouteSummary;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.alts.AltsContextUtil;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/** A route guide that knows one place, which is named after the caller; it lists as many as it is asked for. */
final class EchoGuide extends RouteGuideImplBase {
  private static final Context.Key<String> CALLER = Context.key("caller");

  private final Supplier<String> caller;

  /** A guide that a {@link Caller} tells who calls. */
  EchoGuide() {
    this(CALLER::get);
  }

  EchoGuide(Supplier<String> caller) {
    this.caller = caller;
  }

  /** Puts the account that the connection's peer proved into the context. */
  static final class Caller implements ServerInterceptor {
    @Override
    public <Q, S> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
      String account = AltsContextUtil.createFrom(call).getPeerServiceAccount();
      return Contexts.interceptCall(
          Context.current().withValue(CALLER, account), call, headers, next);
    }
  }

  @Override
  public void getFeature(Point point, StreamObserver<Feature> responses) {
    responses.onNext(
        Feature.newBuilder().setName(caller.get()).setLocation(point).build());
    responses.onCompleted();
  }

  @Override
  public void listFeatures(Rectangle area, StreamObserver<Feature> responses) {
    for (int i = 0; i < area.getHi().getLatitude(); i++) {
      responses.onNext(Feature.newBuilder()
          .setName(caller.get())
          .setLocation(Point.newBuilder().setLatitude(i))
          .build());
    }
    responses.onCompleted();
  }

  @Override
  public StreamObserver<Point> recordRoute(StreamObserver<RouteSummary> responses) {
    return new StreamObserver<>() {
      private int points;

      @Override
      public void onNext(Point point) {
        points++;
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        responses.onNext(RouteSummary.newBuilder().setPointCount(points).build());
        responses.onCompleted();
      }
    };
  }

  @Override
  public StreamObserver<RouteNote> routeChat(StreamObserver<RouteNote> responses) {
    return new StreamObserver<>() {
      @Override
      public void onNext(RouteNote note) {
        responses.onNext(note);
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        responses.onCompleted();
      }
    };
  }
}
