package dev.countersign.demo;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;

/**
 * Sends what an iterator yields as fast as the server takes it, then closes the sending side. Hand it to a streaming
 * stub method as the observer of the responses; it needs no other care. Called by one thread at a time, as gRPC does.
 */
final class PacedRequests<Q, R> implements ClientResponseObserver<Q, R> {
  private final Iterator<Q> requests;
  private final StreamObserver<R> responses;
  private boolean ended;

  PacedRequests(Iterator<Q> requests, StreamObserver<R> responses) {
    this.requests = requests;
    this.responses = responses;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> call) {
    call.setOnReadyHandler(() -> send(call));
  }

  private void send(ClientCallStreamObserver<Q> call) {
    try {
      while (!ended && call.isReady()) {
        if (requests.hasNext()) {
          call.onNext(requests.next());
        } else {
          ended = true;
          call.onCompleted();
        }
      }
    } catch (RuntimeException e) {
      ended = true;
      call.cancel("the next request could not be made", e);
    }
  }

  @Override
  public void onNext(R response) {
    responses.onNext(response);
  }

  /** The server may end the call before it has heard everything. */
  @Override
  public void onError(Throwable error) {
    ended = true;
    responses.onError(error);
  }

  @Override
  public void onCompleted() {
    ended = true;
    responses.onCompleted();
  }
}
