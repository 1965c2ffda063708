package dev.countersign.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether a server should get traffic: each condition answers with what stands against it, or nothing. */
final class Readiness {
  private final Map<String, Supplier<@Nullable String>> conditions = new ConcurrentHashMap<>();
  private volatile Supplier<List<String>> notes = List::of;

  /** A condition; it answers null while it holds, else the reason that people read. */
  void require(String name, Supplier<@Nullable String> condition) {
    conditions.put(name, condition);
  }

  /** Something to know beside the conditions; it does not keep traffic away. */
  void note(Supplier<List<String>> source) {
    notes = source;
  }

  /** What to know beside the conditions. */
  List<String> notes() {
    return notes.get();
  }

  /** Everything that stands against traffic now, sorted by the names of the conditions. */
  List<String> obstacles() {
    List<String> obstacles = new ArrayList<>();
    conditions.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
      String obstacle = entry.getValue().get();
      if (obstacle != null) {
        obstacles.add(entry.getKey() + ": " + obstacle);
      }
    });
    return obstacles;
  }
}
