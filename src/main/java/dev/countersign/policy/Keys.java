package dev.countersign.policy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that an object of a format may have.
 *
 * @param required those that must be there
 * @param known all of them, in the order in which messages list them
 * @param nullable those that may be null
 */
record Keys(List<String> required, List<String> known, List<String> nullable) {

  static Keys none() {
    return new Keys(List.of(), List.of(), List.of());
  }

  static Keys required(String... required) {
    return new Keys(List.of(required), List.of(required), List.of());
  }

  Keys optional(String... optional) {
    List<String> all = new ArrayList<>(known);
    all.addAll(List.of(optional));
    return new Keys(required, List.copyOf(all), nullable);
  }

  Keys nullable(String... keys) {
    return new Keys(required, known, List.of(keys));
  }

  /** The known key that was probably meant, or null. */
  @Nullable
  String nearest(String typed) {
    return nearest(typed, known);
  }

  static @Nullable String nearest(String typed, List<String> known) {
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int edits = typed.length() > 64 ? 64 : distance(typed, candidate);
      if (edits < least) {
        least = edits;
        best = candidate;
      }
    }
    return best != null && least <= Math.max(1, best.length() / 2) ? best : null;
  }

  /** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : step(cost, a, b, i, j);
      }
    }
    return cost[a.length()][b.length()];
  }

  private static int step(int[][] cost, String a, String b, int i, int j) {
    int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    int least = Math.min(replaced, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
  }
}
