package dev.countersign.platform;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** An answer that is there by a deadline, or is done without. */
final class Pending<T> {
  private final Future<T> answer;
  private final LongSupplier nanosLeft;

  Pending(Future<T> answer, LongSupplier nanosLeft) {
    this.answer = answer;
    this.nanosLeft = nanosLeft;
  }

  static <T> Pending<T> of(T answer) {
    return new Pending<>(CompletableFuture.completedFuture(answer), () -> 0);
  }

  /** The answer, or this instead when the deadline has passed. */
  T orAfterwards(T instead) {
    try {
      return answer.get(nanosLeft.getAsLong(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return instead;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return instead;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a question about the platform failed", e.getCause());
    }
  }
}
