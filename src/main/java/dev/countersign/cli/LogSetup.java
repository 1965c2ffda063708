package dev.countersign.cli;

import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Logging of this process: one line a record to standard error, our own packages at the level that
 * {@code COUNTERSIGN_LOG_LEVEL} names, others from warnings on. At no level are HTTP/2 frames logged: they hold the session
 * keys that an ALTS handshaker hands out, and the metadata and messages of calls.
 */
final class LogSetup {
  private static final String VARIABLE = "COUNTERSIGN_LOG_LEVEL";
  private static final Map<String, Level> LEVELS = Map.of(
      "error", Level.SEVERE,
      "warn", Level.WARNING,
      "info", Level.INFO,
      "debug", Level.FINE,
      "trace", Level.FINEST);

  // Held here because java.util.logging holds loggers weakly and would forget their levels.
  private static final Logger ROOT = Logger.getLogger("");
  private static final Logger OURS = Logger.getLogger("dev.countersign");

  private static final String SHADED = "io.grpc.netty.shaded.";
  private static final List<Logger> OF_FRAMES = Stream.of(
          "io.grpc.netty.NettyServerHandler", "io.grpc.netty.NettyClientHandler")
      .flatMap(name -> Stream.of(name, SHADED + name))
      .map(Logger::getLogger)
      .toList();

  private LogSetup() {}

  static void install(Map<String, String> environment, PrintStream err, InstantSource clock) {
    Level level = level(environment);
    LogLine line = new LogLine(level.intValue() <= Level.FINE.intValue());
    warmUp(line, clock);
    for (Handler handler : List.of(ROOT.getHandlers())) {
      ROOT.removeHandler(handler);
    }
    LogHandler handler = new LogHandler(err, line, new LogRateLimit());
    handler.setLevel(level);
    ROOT.addHandler(handler);
    ROOT.setLevel(level.intValue() > Level.WARNING.intValue() ? level : othersAt(level));
    OURS.setLevel(level);
    OF_FRAMES.forEach(logger -> logger.setLevel(Level.WARNING));
  }

  private static Level othersAt(Level level) {
    return level.equals(Level.FINEST) ? Level.FINE : Level.WARNING;
  }

  /**
   * Formats a record while there are file descriptors: what the first one makes the JDK load must not be loaded when
   * they have run out, or the thread that accepts connections ends.
   */
  private static void warmUp(LogLine line, InstantSource clock) {
    LogRecord first = new LogRecord(Level.INFO, "started {0}");
    first.setInstant(clock.instant());
    first.setLoggerName(LogSetup.class.getName());
    first.setParameters(new Object[] {1});
    first.setThrown(new IllegalStateException("none"));
    line.format(first);
  }

  private static Level level(Map<String, String> environment) {
    String name = environment.getOrDefault(VARIABLE, "info");
    Level level = LEVELS.get(name.toLowerCase(Locale.ROOT));
    if (level == null) {
      throw CommandException.usage(VARIABLE
          + " is not a level: "
          + Printable.quoted(name)
          + " (error, warn, info, debug or trace)");
    }
    return level;
  }
}
