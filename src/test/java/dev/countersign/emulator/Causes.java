package dev.countersign.emulator;

import java.util.List;
import java.util.stream.Stream;

/** What a failure and all that led to it say. */
final class Causes {
  private Causes() {}

  static List<String> of(Throwable failure) {
    return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
        .map(String::valueOf)
        .toList();
  }
}
