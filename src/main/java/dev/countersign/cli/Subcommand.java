package dev.countersign.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A command that does something: what all of them share. */
@Command(versionProvider = VersionText.class)
abstract class Subcommand implements Callable<Integer> {
  /** What the command may touch of the process. */
  protected final Terminal terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      order = 1000,
      description = "Show this text and exit.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      order = 1001,
      description = "Show the version and exit.")
  boolean version;

  Subcommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Does the work.
   *
   * @throws CommandException to stop with an error message
   * @throws IOException if a file or a connection fails; the user is told which
   */
  protected abstract ExitCode run() throws IOException, InterruptedException;

  @Override
  public final Integer call() throws IOException, InterruptedException {
    return run().number();
  }
}
