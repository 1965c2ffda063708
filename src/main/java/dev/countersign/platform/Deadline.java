package dev.countersign.platform;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A moment by which everything that was started is waited for; what is later is given up. */
final class Deadline implements AutoCloseable {
  private final long nanos;
  private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "countersign-survey");
    thread.setDaemon(true);
    return thread;
  });

  Deadline(Duration fromNow) {
    this.nanos = System.nanoTime() + fromNow.toNanos();
  }

  <T> Pending<T> start(Callable<T> question) {
    return new Pending<>(threads.submit(question), this::nanosLeft);
  }

  long nanosLeft() {
    return Math.max(0, nanos - System.nanoTime());
  }

  /** Interrupts what still runs; a thread that waits for a name server ends when that answers. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
