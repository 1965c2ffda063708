package dev.countersign.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands at the time it was made until a test moves it. */
final class HandClock implements InstantSource {
  private volatile Instant now = Instant.now();

  @Override
  public Instant instant() {
    return now;
  }

  void advance(Duration by) {
    now = now.plus(by);
  }
}
