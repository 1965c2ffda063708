package dev.countersign.cli;

import java.util.logging.LogManager;

/**
 * A log manager that keeps logging while the process shuts down. The JDK's own resets itself in a shutdown hook, beside
 * the hook that drains the server, and the last records would be lost. It reads no configuration file.
 */
public final class SteadyLogManager extends LogManager {

  /** For the JDK, which makes it by name. */
  public SteadyLogManager() {}

  @Override
  public void reset() {}

  @Override
  public void readConfiguration() {}
}
