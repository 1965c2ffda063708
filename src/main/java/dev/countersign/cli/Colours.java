package dev.countersign.cli;

import java.util.Map;

/** Whether somebody sees what we print on a terminal that can show colours. */
final class Colours {
  private Colours() {}

  @SuppressWarnings("SystemConsoleNull") // The property makes it null in a pipe on every JDK.
  static boolean wanted(Map<String, String> environment) {
    if (environment.containsKey("NO_COLOR") || "dumb".equals(environment.get("TERM"))) {
      return false;
    }
    System.setProperty("jdk.console", "java.base");
    return System.console() != null;
  }
}
