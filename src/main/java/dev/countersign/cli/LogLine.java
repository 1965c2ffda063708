package dev.countersign.cli;

import java.text.MessageFormat;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * A log record on one line: instant in UTC, level, short logger name, message, and what was thrown. What a peer sent
 * cannot begin a line of its own. Stack traces follow, indented, only if asked for.
 */
final class LogLine extends Formatter {
  private static final DateTimeFormatter INSTANT =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);
  private static final int MAX_MESSAGE = 4096;

  private final boolean withStackTraces;

  LogLine(boolean withStackTraces) {
    this.withStackTraces = withStackTraces;
  }

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder(160);
    line.append(INSTANT.format(record.getInstant())).append(' ');
    line.append(word(record.getLevel())).append(' ');
    line.append(shortName(record.getLoggerName())).append(": ");
    line.append(Printable.of(cut(message(record))));
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.append(": ").append(Printable.of(cut(summary(thrown))));
    }
    line.append('\n');
    if (thrown != null && withStackTraces) {
      appendStack(line, thrown);
    }
    return line.toString();
  }

  /** The message with its parameters; formatted alike everywhere, which {@link Formatter} would not. */
  static String message(LogRecord record) {
    String message = String.valueOf(record.getMessage());
    Object[] parameters = record.getParameters();
    if (parameters == null || parameters.length == 0 || message.indexOf('{') < 0) {
      return message;
    }
    try {
      return new MessageFormat(message, Locale.ROOT).format(parameters);
    } catch (IllegalArgumentException notAPattern) {
      return message;
    }
  }

  private static String summary(Throwable thrown) {
    StringBuilder text = new StringBuilder(thrown.toString());
    Throwable root = thrown;
    for (int depth = 0; root.getCause() != null && depth < 20; depth++) {
      root = root.getCause();
    }
    if (root != thrown) {
      text.append("; caused by ").append(root);
    }
    return text.toString();
  }

  private static void appendStack(StringBuilder line, Throwable thrown) {
    Throwable each = thrown;
    for (int depth = 0; each != null && depth < 20; depth++) {
      line.append("    ").append(Printable.of(cut(each.toString()))).append('\n');
      for (StackTraceElement frame : each.getStackTrace()) {
        line.append("      at ").append(frame).append('\n');
      }
      each = each.getCause();
    }
  }

  private static String cut(String text) {
    return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE) + "...";
  }

  static String shortName(@Nullable String logger) {
    return logger == null ? "-" : logger.substring(logger.lastIndexOf('.') + 1);
  }

  private static String word(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "WARN";
    }
    return level.intValue() >= Level.CONFIG.intValue() ? "INFO" : "DEBUG";
  }
}
