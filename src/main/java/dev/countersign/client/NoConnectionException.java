package dev.countersign.client;

import java.time.Duration;
import java.util.List;

/** None of several targets could be connected to as one of the servers that were expected. */
public final class NoConnectionException extends Exception {
  private static final long serialVersionUID = 1;

  NoConnectionException(List<String> targets, Duration patience) {
    super(
        "no target connects within " + patience.toMillis() + " ms: " + String.join(", ", targets));
  }
}
