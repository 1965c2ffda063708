package dev.countersign.demo;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.function.Supplier;

/** How handlers answer calls with one request: with a value, with many, or with the status that they throw. */
final class Answer {
  private Answer() {}

  static <R> void once(StreamObserver<R> responses, Supplier<R> handler) {
    refusing(responses, () -> {
      R response = handler.get();
      responses.onNext(response);
      responses.onCompleted();
    });
  }

  /** Sends responses as the client takes them: what waits in this process is at most what the transport buffers. */
  static <R> void each(StreamObserver<R> responses, Supplier<Iterator<R>> handler) {
    ServerCallStreamObserver<R> target = (ServerCallStreamObserver<R>) responses;
    // With a handler set, a response that meets a cancelled call is dropped and does not throw.
    target.setOnCancelHandler(() -> {});
    refusing(
        responses,
        () -> target.setOnReadyHandler(new Paced<>(handler.get(), target, Context.current())));
  }

  /** Takes a step that starts a longer answer. */
  static void refusing(StreamObserver<?> responses, Runnable step) {
    try {
      step.run();
    } catch (StatusRuntimeException e) {
      responses.onError(e);
    }
  }

  /** Runs whenever the transport takes more, and stops as soon as the call is cancelled or out of time. */
  private static final class Paced<R> implements Runnable {
    private final Iterator<R> source;
    private final ServerCallStreamObserver<R> target;
    private final Context call;
    private boolean completed;

    Paced(Iterator<R> source, ServerCallStreamObserver<R> target, Context call) {
      this.source = source;
      this.target = target;
      this.call = call;
    }

    @Override
    public void run() {
      while (!completed && !call.isCancelled() && target.isReady()) {
        if (source.hasNext()) {
          target.onNext(source.next());
        } else {
          completed = true;
          target.onCompleted();
        }
      }
    }
  }
}
