package dev.countersign.demo;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.SettableFuture;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The responses of one call, gathered for a future that cancels the call when it is cancelled itself. */
final class Collected<R> implements StreamObserver<R> {
  private final int limit;
  private final CancellableContext call = Context.current().withCancellation();
  private final SettableFuture<List<R>> result = SettableFuture.create();
  private final List<R> responses = new ArrayList<>();

  private Collected(int limit) {
    this.limit = limit;
    result.addListener(this::endCall, MoreExecutors.directExecutor());
  }

  static <R> ListenableFuture<List<R>> all(int limit, Consumer<StreamObserver<R>> start) {
    Collected<R> collected = new Collected<>(limit);
    collected.call.run(() -> start.accept(collected));
    return collected.result;
  }

  static <R> ListenableFuture<R> one(Consumer<StreamObserver<R>> start) {
    return Futures.transform(all(1, start), Collected::only, MoreExecutors.directExecutor());
  }

  @Override
  public void onNext(R response) {
    if (responses.size() == limit) {
      result.setException(Status.RESOURCE_EXHAUSTED
          .withDescription("server sends more than " + limit + " responses")
          .asRuntimeException());
    } else {
      responses.add(response);
    }
  }

  @Override
  public void onError(Throwable error) {
    result.setException(error);
  }

  @Override
  public void onCompleted() {
    result.set(List.copyOf(responses));
  }

  private static <R> R only(List<R> responses) {
    if (responses.isEmpty()) {
      throw Status.INTERNAL.withDescription("server sent no response").asRuntimeException();
    }
    return responses.get(0);
  }

  /** Cancels what still runs; for a call that has ended, only lets go of the context. */
  private void endCall() {
    call.cancel(null);
  }
}
