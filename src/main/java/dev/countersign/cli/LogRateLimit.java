package dev.countersign.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.LogRecord;
import java.util.regex.Pattern;

/**
 * How often a peer can make us log the same thing: so many records of one kind, and so many of one logger, in ten
 * seconds; the rest is counted. A kind is a logger and a message without its numbers and quoted parts.
 */
final class LogRateLimit {
  /** The record is left out. */
  static final int SUPPRESSED = -1;

  static final int PER_KIND = 10;
  static final int PER_LOGGER = 200;
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final int MAX_TRACKED = 1024;
  private static final int MAX_KIND = 80;
  private static final Pattern VARIABLE_PART = Pattern.compile("\"[^\"]*\"|[^A-Za-z ]+");

  private final Map<String, Window> windows = new LinkedHashMap<>(64, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
      return size() > MAX_TRACKED;
    }
  };

  /** {@link #SUPPRESSED}, or how many like this one were left out before it. */
  synchronized int admit(LogRecord record) {
    String logger = String.valueOf(record.getLoggerName());
    Instant now = record.getInstant();
    Window ofLogger = windows.computeIfAbsent(logger, key -> new Window(now));
    Window ofKind = windows.computeIfAbsent(logger + '\n' + kind(record), key -> new Window(now));
    int before = ofKind.enter(now, PER_KIND);
    if (before == SUPPRESSED) {
      return SUPPRESSED;
    }
    int beforeInLogger = ofLogger.enter(now, PER_LOGGER);
    return beforeInLogger == SUPPRESSED ? SUPPRESSED : before + beforeInLogger;
  }

  private static String kind(LogRecord record) {
    String message = String.valueOf(record.getMessage());
    String head = message.length() <= 2 * MAX_KIND ? message : message.substring(0, 2 * MAX_KIND);
    String kind = VARIABLE_PART.matcher(head).replaceAll("#");
    return kind.length() <= MAX_KIND ? kind : kind.substring(0, MAX_KIND);
  }

  private static final class Window {
    private Instant start;
    private int admitted;
    private int leftOut;

    Window(Instant start) {
      this.start = start;
    }

    int enter(Instant now, int most) {
      if (now.isBefore(start) || !now.isBefore(start.plus(WINDOW))) {
        start = now;
        admitted = 0;
      }
      if (admitted == most) {
        leftOut++;
        return SUPPRESSED;
      }
      admitted++;
      int before = leftOut;
      leftOut = 0;
      return before;
    }
  }
}
