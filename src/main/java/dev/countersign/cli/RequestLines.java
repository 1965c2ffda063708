package dev.countersign.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Where requests come from: {@code --json}, or the lines of standard input that are not blank. */
final class RequestLines {
  /**
   * One request as it was written.
   *
   * @param text the JSON
   * @param place where it stands
   */
  record Request(String text, String place) {}

  @FunctionalInterface
  private interface Lines {
    Optional<String> next() throws IOException;
  }

  private final Lines lines;
  private final String source;
  private int number;

  private RequestLines(Lines lines, String source) {
    this.lines = lines;
    this.source = source;
  }

  static RequestLines of(List<String> typed, InputStream in) {
    return typed.isEmpty() ? fromInput(in) : fromFlags(typed);
  }

  private static RequestLines fromInput(InputStream in) {
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    return new RequestLines(
        () -> Optional.ofNullable(reader.readLine()), "line %d of standard input");
  }

  private static RequestLines fromFlags(List<String> typed) {
    Iterator<String> each = typed.iterator();
    return new RequestLines(
        () -> each.hasNext() ? Optional.of(each.next()) : Optional.empty(), "--json (number %d)");
  }

  /** The next request; waits for it. */
  Optional<Request> next() throws IOException {
    while (true) {
      Optional<String> line = lines.next();
      number++;
      if (line.isEmpty() || !line.get().isBlank()) {
        return line.map(text -> new Request(text, source.formatted(number)));
      }
    }
  }
}
