package dev.countersign.policy;

import dev.countersign.policy.PolicyMatrix.Verdict;
import dev.countersign.text.Quoted;

/** A policy matrix for a terminal. */
final class PolicyMatrixText {
  private PolicyMatrixText() {}

  static String of(PolicyMatrix matrix) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < matrix.principals().size(); i++) {
      out.append('[').append(i + 1).append("] ");
      out.append(Quoted.bare(matrix.principals().get(i))).append('\n');
    }
    int width = matrix.methods().stream().mapToInt(String::length).max().orElse(0);
    out.append('\n').append(" ".repeat(width));
    for (int i = 0; i < matrix.principals().size(); i++) {
      out.append(padded("[" + (i + 1) + "]"));
    }
    out.append('\n');
    for (int column = 0; column < matrix.methods().size(); column++) {
      String method = matrix.methods().get(column);
      out.append(Quoted.bare(method)).append(" ".repeat(width - method.length()));
      for (int row = 0; row < matrix.rows().size(); row++) {
        out.append(padded(word(matrix.rows().get(row).get(column).verdict())));
      }
      out.append('\n');
    }
    return out.append("\nyes allowed   - denied   hdr by the request's headers\n")
        .toString();
  }

  private static String word(Verdict verdict) {
    return switch (verdict) {
      case ALLOWED -> "yes";
      case DENIED -> "-";
      case DEPENDS_ON_HEADERS -> "hdr";
    };
  }

  private static String padded(String word) {
    return " ".repeat(Math.max(1, 6 - word.length())) + word;
  }
}
