package dev.countersign.cli;

import java.io.PrintStream;
import java.util.logging.Handler;
import java.util.logging.LogRecord;

/** Writes log records to standard error, as many as the rate limit lets through. */
final class LogHandler extends Handler {
  private final PrintStream err;
  private final LogLine line;
  private final LogRateLimit limit;

  LogHandler(PrintStream err, LogLine line, LogRateLimit limit) {
    this.err = err;
    this.line = line;
    this.limit = limit;
  }

  @Override
  public void publish(LogRecord record) {
    if (!isLoggable(record)) {
      return;
    }
    int before = limit.admit(record);
    if (before == LogRateLimit.SUPPRESSED) {
      return;
    }
    String text = line.format(record);
    if (before > 0) {
      text = text.stripTrailing() + " (" + before + " more like this were left out)\n";
    }
    err.print(text);
    err.flush();
  }

  @Override
  public void flush() {
    err.flush();
  }

  @Override
  public void close() {}
}
