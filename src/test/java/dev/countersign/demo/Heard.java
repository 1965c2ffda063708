package dev.countersign.demo;

import com.google.common.util.concurrent.SettableFuture;
import io.grpc.stub.StreamObserver;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What an observer was told, for a test to wait for. */
final class Heard<T> implements StreamObserver<T> {
  final BlockingQueue<T> values = new LinkedBlockingQueue<>();
  final SettableFuture<String> end = SettableFuture.create();

  @Override
  public void onNext(T value) {
    values.add(value);
  }

  @Override
  public void onError(Throwable error) {
    end.setException(error);
  }

  @Override
  public void onCompleted() {
    end.set("completed");
  }

  /** The next value; throws if none comes. */
  T next() throws InterruptedException {
    return Objects.requireNonNull(values.poll(30, TimeUnit.SECONDS), "nothing came");
  }

  String end() throws Exception {
    return Objects.requireNonNull(end.get(30, TimeUnit.SECONDS));
  }
}
