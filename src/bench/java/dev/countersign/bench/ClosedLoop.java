package dev.countersign.bench;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * So many callers, each of which begins its next call when its last one is answered. It says how much a server carries;
 * its latencies are those of a server that is always full. A call that fails ends the run with an exception.
 *
 * @param <S> the response
 */
public final class ClosedLoop<S> {
  private final UnaryCall<?, S> call;
  private final long until;
  private final CountDownLatch ended;
  private final Histogram latencies = Load.histogram();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private ClosedLoop(UnaryCall<?, S> call, int callers, long until) {
    this.call = call;
    this.ended = new CountDownLatch(callers);
    this.until = until;
  }

  /** Calls for so long, and until the last call is answered. */
  public static <S> Load run(UnaryCall<?, S> call, int callers, long nanos)
      throws InterruptedException {
    long begin = System.nanoTime();
    ClosedLoop<S> loop = new ClosedLoop<>(call, callers, begin + nanos);
    for (int i = 0; i < callers; i++) {
      loop.new Caller(i).next();
    }
    loop.ended.await();
    Throwable failed = loop.failure.get();
    if (failed != null) {
      throw new IllegalStateException("a call failed, so there is nothing to measure", failed);
    }
    return new Load((System.nanoTime() - begin) / 1e9, loop.latencies);
  }

  private final class Caller implements StreamObserver<S> {
    private final int number;
    private long began;

    Caller(int number) {
      this.number = number;
    }

    void next() {
      began = System.nanoTime();
      call.start(number, this);
    }

    @Override
    public void onNext(S response) {}

    @Override
    public void onError(Throwable failed) {
      failure.compareAndSet(null, failed);
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      long now = System.nanoTime();
      Load.add(latencies, now - began);
      if (now < until && failure.get() == null) {
        next();
      } else {
        ended.countDown();
      }
    }
  }
}
