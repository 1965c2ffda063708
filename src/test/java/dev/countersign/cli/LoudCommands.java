package dev.countersign.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Many commands in one process, one after the other, at the loudest: the first argument is where everything is logged, the
 * second a file with a command on each line, its words separated by tabs. Says on standard error how each ended.
 */
final class LoudCommands {
  private LoudCommands() {}

  public static void main(String[] arguments) throws IOException, CommandException {
    LoudMain.hearEverything(arguments[0]);
    InstantSource clock = InstantSource.system();
    LogSetup.install(System.getenv(), System.err, clock);
    Terminal terminal = new Terminal(System.getenv(), System.in, System.out, System.err, clock);
    for (String line : Files.readAllLines(Path.of(arguments[1]), StandardCharsets.UTF_8)) {
      int code = Cli.run(List.of(line.split("\t", -1)), terminal, Wiring.ofThisVersion());
      System.err.println("ended with " + code + ": " + line.replace('\t', ' '));
    }
  }

  /** Writes the file of commands. */
  static Path write(Path file, List<List<String>> commands) throws IOException {
    return Files.writeString(
        file,
        commands.stream()
            .map(words -> String.join("\t", words))
            .collect(Collectors.joining("\n", "", "\n")));
  }
}
