package dev.countersign.cli;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The words of a line as a shell would split them, as far as our examples use quotes. */
final class ShellWords {
  private static final Pattern WORD = Pattern.compile("(?:[^\\s']|'[^']*')+");

  private ShellWords() {}

  static String[] of(String line) {
    return WORD.matcher(line)
        .results()
        .map(MatchResult::group)
        .map(word -> word.replace("'", ""))
        .toArray(String[]::new);
  }
}
