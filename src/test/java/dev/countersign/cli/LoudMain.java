package dev.countersign.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    hearEverything(arguments[0]);
    Main.main(Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  /** The words that run it, with everything in a log, and temporary files in a directory. */
  static List<String> words(Path temporary, Path log, List<String> command) throws IOException {
    return words(LoudMain.class, temporary, log, command);
  }

  /** The same for another class that begins with {@link #hearEverything}. */
  static List<String> words(Class<?> main, Path temporary, Path log, List<String> command)
      throws IOException {
    Files.createDirectories(log.getParent());
    List<String> words = new ArrayList<>(List.of("env", "COUNTERSIGN_LOG_LEVEL=trace"));
    words.addAll(ServeProcess.java(List.of("-Djava.io.tmpdir=" + temporary), List.of()));
    words.set(words.indexOf(Main.class.getName()), main.getName());
    words.add(log.toString());
    words.addAll(command);
    return words;
  }

  static void hearEverything(String log) throws IOException {
    FileHandler everything = new FileHandler(log, true);
    everything.setFormatter(new SimpleFormatter());
    everything.setLevel(Level.ALL);
    for (Logger logger : HELD) {
      logger.setLevel(Level.ALL);
      logger.addHandler(everything);
    }
  }
}
