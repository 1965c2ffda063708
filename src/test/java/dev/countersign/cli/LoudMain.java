package dev.countersign.cli;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.logging.FileHandler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * The command line, with everything that any library says at any level in a file besides: the first argument. What the
 * limit of the log's rate leaves out is in it too.
 */
final class LoudMain {
  private static final List<Logger> HELD =
      List.of("dev", "io", "com", "org", "java", "javax", "jdk", "sun").stream()
          .map(Logger::getLogger)
          .toList();

  private LoudMain() {}

  public static void main(String[] arguments) throws IOException {
    FileHandler everything = new FileHandler(arguments[0], true);
    everything.setFormatter(new SimpleFormatter());
    everything.setLevel(Level.ALL);
    for (Logger logger : HELD) {
      logger.setLevel(Level.ALL);
      logger.addHandler(everything);
    }
    Main.main(Arrays.copyOfRange(arguments, 1, arguments.length));
  }
}
