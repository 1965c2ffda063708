package dev.countersign.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lanes that are measured in turns: each once a round, and every other round the other way, so that none always follows the
 * same one and a machine that slows down slows all of them.
 */
public final class Turns {
  private Turns() {}

  /** Measures one lane once. */
  @FunctionalInterface
  public interface Measurement<L, T> {
    /** What this turn of the lane showed. */
    T take(L lane) throws Exception;
  }

  /** What each lane showed, round by round. */
  public static <L, T> Map<L, List<T>> take(
      List<L> lanes, int rounds, Measurement<L, T> measurement) throws Exception {
    Map<L, List<T>> taken = new LinkedHashMap<>();
    lanes.forEach(lane -> taken.put(lane, new ArrayList<>()));
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < lanes.size(); i++) {
        L lane = lanes.get(round % 2 == 0 ? i : lanes.size() - 1 - i);
        taken.get(lane).add(measurement.take(lane));
      }
    }
    return taken;
  }
}
