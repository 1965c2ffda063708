package dev.countersign.credentials;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs at once what is to run now, and the rest when a test says that its time has come. */
final class HandDrivenExecutor extends ScheduledThreadPoolExecutor {
  private final List<Runnable> repeated = new ArrayList<>();
  private final List<Runnable> later = new ArrayList<>();

  HandDrivenExecutor() {
    super(1);
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    later.add(task);
    return super.schedule(() -> {}, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initialDelay, long delay, TimeUnit unit) {
    repeated.add(task);
    return super.schedule(() -> {}, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }

  void tick() {
    List<Runnable> due = List.copyOf(later);
    later.clear();
    due.forEach(Runnable::run);
    repeated.forEach(Runnable::run);
  }
}
