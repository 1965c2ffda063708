package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a test made our packages log. */
final class CapturedLog extends Handler implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 15;

  private final Logger logger = Logger.getLogger("dev.countersign");
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final SimpleFormatter formatter = new SimpleFormatter();

  CapturedLog() {
    setLevel(Level.ALL);
    logger.addHandler(this);
  }

  /** Waits for a line that holds this; earlier ones are forgotten. */
  String await(String part) throws InterruptedException {
    List<String> others = new ArrayList<>();
    String line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    while (line != null && !line.contains(part)) {
      others.add(line);
      line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    assertThat(line).describedAs("a line with \"%s\" after %s", part, others).isNotNull();
    return line;
  }

  /** What was logged and not forgotten. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void publish(LogRecord entry) {
    lines.add(entry.getLevel() + " " + formatter.formatMessage(entry));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
  }
}
