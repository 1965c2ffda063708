package dev.countersign.credentials;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs what comes at one moment one after the other, with pauses. When a handshaker falls silent all calls to it end
 * together; the threads that they wake would take the processors from the event loops all at once.
 */
final class Stagger implements AutoCloseable {
  private final Duration pause;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "countersign-alts-stagger");
        thread.setDaemon(true);
        return thread;
      });

  Stagger(Duration pause) {
    this.pause = pause;
  }

  /** Runs it when what came before has run; at once if nothing did or this is closed. */
  void run(Runnable task) {
    int before = waiting.getAndIncrement();
    try {
      timer.schedule(() -> ended(task), before * pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      ended(task);
    }
  }

  private void ended(Runnable task) {
    waiting.decrementAndGet();
    task.run();
  }

  /** What waits still runs in its time: somebody waits for it. */
  @Override
  public void close() {
    timer.shutdown();
  }
}
