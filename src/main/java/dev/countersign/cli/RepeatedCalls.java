package dev.countersign.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes the same call again and again, a fixed time from one start to the next, until it was made often enough or the
 * process is told to end. A call that fails is told and counted, and the next one is made all the same; the call that runs
 * when the process is told to end may finish.
 */
final class RepeatedCalls {

  /** One call; throws what it failed with. */
  @FunctionalInterface
  interface Call {
    void make() throws IOException, InterruptedException;
  }

  private static final long GOODBYE_SECONDS = 10;

  private final Terminal terminal;
  private final Duration every;
  private final Optional<Integer> times;
  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private int made;
  private int failed;

  RepeatedCalls(Terminal terminal, Duration every, Optional<Integer> times) {
    this.terminal = terminal;
    this.every = every;
    this.times = times;
  }

  /** Makes the calls; refused if one of them failed. */
  ExitCode make(Call call) throws IOException, InterruptedException {
    ExitHook hook = ExitHook.of("countersign-last-call", this::endInTime);
    try {
      long next = System.nanoTime();
      do {
        makeOne(call);
        next += every.toNanos();
      } while (!isLast()
          && !terminal.out().checkError()
          && !told.await(next - System.nanoTime(), TimeUnit.NANOSECONDS));
      terminal.say(made + " calls, " + failed + " failed");
      return failed == 0 ? ExitCode.DONE : ExitCode.REFUSED;
    } finally {
      ended.countDown();
      hook.forget();
    }
  }

  private void makeOne(Call call) throws IOException, InterruptedException {
    made++;
    try {
      call.make();
    } catch (RpcFailure e) {
      failed++;
      e.print(terminal.err());
    }
  }

  private boolean isLast() {
    return times.isPresent() && made >= times.get();
  }

  private void endInTime() {
    told.countDown();
    try {
      if (!ended.await(GOODBYE_SECONDS, TimeUnit.SECONDS)) {
        terminal.warn("the last call did not end within " + GOODBYE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
