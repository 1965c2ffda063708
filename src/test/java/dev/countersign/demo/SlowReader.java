package dev.countersign.demo;

import com.google.common.util.concurrent.SettableFuture;
import com.google.protobuf.MessageLite;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A client that reads nothing until it is told to, and then one response at a time. */
final class SlowReader<Q, R extends MessageLite> implements ClientResponseObserver<Q, R> {
  private final AtomicLong bytesTaken;
  private final List<R> responses = new ArrayList<>();
  private final SettableFuture<List<R>> all = SettableFuture.create();
  private volatile @Nullable ClientCallStreamObserver<Q> call;
  private final Predicate<R> isLast;

  /** Reads until the call ends or the response that is the last to wait for. */
  SlowReader(AtomicLong bytesTaken, Predicate<R> isLast) {
    this.bytesTaken = bytesTaken;
    this.isLast = isLast;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> started) {
    started.disableAutoRequestWithInitial(0);
    call = started;
  }

  /** Everything to the end of the call, or to the last response. */
  List<R> readAll() throws Exception {
    Objects.requireNonNull(call).request(1);
    return Objects.requireNonNull(all.get(30, TimeUnit.SECONDS));
  }

  @Override
  public void onNext(R response) {
    bytesTaken.addAndGet(response.getSerializedSize());
    responses.add(response);
    if (isLast.test(response)) {
      all.set(List.copyOf(responses));
    } else {
      Objects.requireNonNull(call).request(1);
    }
  }

  @Override
  public void onError(Throwable error) {
    all.setException(error);
  }

  @Override
  public void onCompleted() {
    all.set(List.copyOf(responses));
  }
}
