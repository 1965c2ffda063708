package dev.countersign.server;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for an HTTP server of the JDK, each lent for a limited time: whoever sends or reads more slowly is cut off. The
 * JDK has limits of its own, but reads them from system properties once, when the first server of the process is made, and
 * that may have been somebody else's. An interrupt closes the channel that a thread reads from or writes to.
 */
final class ExchangeThreads implements Executor, AutoCloseable {
  private static final long IDLE_SECONDS = 30;

  private final Duration limit;
  private final ThreadPoolExecutor threads;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(daemons("countersign-admin-timer"));

  /** Beyond so many threads it refuses, and the JDK's server closes the connection. */
  ExchangeThreads(int maxThreads, Duration limit) {
    this.limit = limit;
    this.threads = new ThreadPoolExecutor(
        0,
        maxThreads,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        daemons("countersign-admin"));
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public void execute(Runnable exchange) {
    threads.execute(() -> {
      Loan loan = new Loan(Thread.currentThread());
      Future<?> end = timer.schedule(loan::end, limit.toMillis(), TimeUnit.MILLISECONDS);
      try {
        exchange.run();
      } finally {
        loan.returned();
        end.cancel(false);
      }
    });
  }

  @Override
  public void close() {
    threads.shutdownNow();
    timer.shutdownNow();
  }

  /** A thread while it serves one exchange. */
  private static final class Loan {
    private final Thread thread;
    private boolean isReturned;

    Loan(Thread thread) {
      this.thread = thread;
    }

    synchronized void end() {
      if (!isReturned) {
        thread.interrupt();
      }
    }

    /** The next exchange on this thread must not be cut off for this one. */
    synchronized void returned() {
      isReturned = true;
      boolean unused = Thread.interrupted();
    }
  }
}
