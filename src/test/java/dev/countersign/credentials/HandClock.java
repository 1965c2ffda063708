package dev.countersign.credentials;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until a test moves it. */
final class HandClock implements InstantSource {
  static final Instant START = Instant.parse("2031-05-01T12:00:00Z");

  private volatile Instant now = START;

  @Override
  public Instant instant() {
    return now;
  }

  void moveTo(Instant instant) {
    now = instant;
  }

  void advance(Duration time) {
    moveTo(now.plus(time));
  }
}
