package dev.countersign.demo;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/**
 * The requests of one call. A {@link StatusRuntimeException} thrown while they are handled ends the call with that
 * status (grpc-java on its own would answer {@code UNKNOWN}); requests that arrive after that are dropped. Called by
 * one thread at a time, as gRPC does.
 */
abstract class RequestStream<Q> implements StreamObserver<Q> {
  private final StreamObserver<?> responses;
  private boolean ended;

  RequestStream(StreamObserver<?> responses) {
    this.responses = responses;
  }

  /** Handles one request. */
  abstract void receive(Q request);

  /** Answers the last of what there is to answer: the client sends no more. */
  abstract void finish();

  /** Lets go of what the call holds: it ended early, and nothing can be answered any more. */
  void abandon() {}

  @Override
  public final void onNext(Q request) {
    if (!ended) {
      endOnRefusal(() -> receive(request));
    }
  }

  @Override
  public final void onCompleted() {
    if (!ended) {
      endOnRefusal(this::finish);
    }
  }

  @Override
  public final void onError(Throwable cancelled) {
    ended = true;
    abandon();
  }

  private void endOnRefusal(Runnable step) {
    try {
      step.run();
    } catch (StatusRuntimeException e) {
      ended = true;
      abandon();
      responses.onError(e);
    }
  }
}
