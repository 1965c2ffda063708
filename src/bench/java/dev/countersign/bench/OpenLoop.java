package dev.countersign.bench;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Calls at a fixed rate, whatever becomes of those before. A call's latency counts from the moment at which it was to begin,
 * so a server that stalls pays for every call that would have begun meanwhile (no coordinated omission), and the generator's
 * own waking up is a part of it. A call that fails ends the run with an exception.
 */
public final class OpenLoop {
  /** Below this the thread does not give its processor away: waking up would take longer. */
  private static final long SHORTEST_PAUSE_NANOS = 20_000;

  private OpenLoop() {}

  /** Calls at this rate for so long, and waits until the last call is answered. */
  public static <S> Load run(UnaryCall<?, S> call, double perSecond, long nanos)
      throws InterruptedException {
    int count = (int) Math.max(1, perSecond * nanos / 1e9);
    Histogram latencies = Load.histogram();
    CountDownLatch ended = new CountDownLatch(count);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long intended = begin + (long) (i * 1e9 / perSecond);
      await(intended);
      call.start(i, new Answer<>(intended, latencies, ended, failure));
    }
    ended.await();
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a call failed, so there is nothing to measure", failed);
    }
    return new Load((System.nanoTime() - begin) / 1e9, latencies);
  }

  private static void await(long moment) {
    for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
      if (left > SHORTEST_PAUSE_NANOS) {
        LockSupport.parkNanos(left);
      } else {
        Thread.onSpinWait();
      }
    }
  }

  private record Answer<S>(
      long intended,
      Histogram latencies,
      CountDownLatch ended,
      AtomicReference<@Nullable Throwable> failure)
      implements StreamObserver<S> {
    @Override
    public void onNext(S response) {}

    @Override
    public void onError(Throwable failed) {
      failure.compareAndSet(null, failed);
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      Load.add(latencies, System.nanoTime() - intended);
      ended.countDown();
    }
  }
}
