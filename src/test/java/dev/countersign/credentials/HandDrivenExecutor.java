package dev.countersign.credentials;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs at once what is to run now, and the rest, in order of its time, when a test lets time pass. */
final class HandDrivenExecutor extends ScheduledThreadPoolExecutor {
  private static final Duration TICK = Duration.ofSeconds(1);

  private final PriorityQueue<Due> due =
      new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::number));
  private long now;
  private long scheduled;

  private record Due(long at, long number, Runnable task) {}

  HandDrivenExecutor() {
    super(1);
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    due.add(new Due(now + unit.toNanos(delay), scheduled++, task));
    return super.schedule(() -> {}, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initialDelay, long delay, TimeUnit unit) {
    return schedule(
        () -> {
          task.run();
          scheduleWithFixedDelay(task, delay, delay, unit);
        },
        initialDelay,
        unit);
  }

  /** Lets a second pass. */
  void tick() {
    pass(TICK);
  }

  /** Lets time pass. */
  void pass(Duration time) {
    long end = now + time.toNanos();
    while (!due.isEmpty() && due.peek().at() <= end) {
      Due next = due.remove();
      now = next.at();
      next.task().run();
    }
    now = end;
  }
}
