package dev.countersign.bench;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * So many streams on which a message goes to and fro, never two of one stream under way: {@link ClosedLoop} for streams. A
 * stream that fails ends the run with an exception.
 *
 * @param <M> what is sent and comes back
 */
public final class StreamLoop<M> {
  private final M message;
  private final long until;
  private final CountDownLatch ended;
  private final Histogram latencies = Load.histogram();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private StreamLoop(M message, int streams, long until) {
    this.message = message;
    this.ended = new CountDownLatch(streams);
    this.until = until;
  }

  /** Sends for so long; the calls of the load are messages that came back. */
  public static <M> Load run(
      Channel channel, MethodDescriptor<M, M> method, M message, int streams, long nanos)
      throws InterruptedException {
    long begin = System.nanoTime();
    StreamLoop<M> loop = new StreamLoop<>(message, streams, begin + nanos);
    for (int i = 0; i < streams; i++) {
      StreamLoop<M>.Stream stream = loop.new Stream();
      stream.start(
          ClientCalls.asyncBidiStreamingCall(channel.newCall(method, CallOptions.DEFAULT), stream));
    }
    loop.ended.await();
    Throwable failed = loop.failure.get();
    if (failed != null) {
      throw new IllegalStateException("a stream failed, so there is nothing to measure", failed);
    }
    return new Load((System.nanoTime() - begin) / 1e9, loop.latencies);
  }

  private final class Stream implements StreamObserver<M> {
    private volatile @Nullable StreamObserver<M> requests;
    private volatile long sent;

    void start(StreamObserver<M> opened) {
      requests = opened;
      sent = System.nanoTime();
      opened.onNext(message);
    }

    @Override
    public void onNext(M back) {
      long now = System.nanoTime();
      Load.add(latencies, now - sent);
      StreamObserver<M> open = requests;
      if (open != null && now < until) {
        sent = now;
        open.onNext(message);
      } else if (open != null) {
        open.onCompleted();
      }
    }

    @Override
    public void onError(Throwable failed) {
      failure.compareAndSet(null, failed);
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      ended.countDown();
    }
  }
}
