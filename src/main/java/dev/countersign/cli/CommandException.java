package dev.countersign.cli;

import java.util.List;

/** Why a command stops: one or more problems, each a line of its own, what may help, and the exit code. */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;
  private final transient List<String> problems;
  private final transient List<String> hints;

  CommandException(ExitCode exitCode, List<String> problems, List<String> hints) {
    super(String.join("; ", problems));
    this.exitCode = exitCode;
    this.problems = List.copyOf(problems);
    this.hints = List.copyOf(hints);
  }

  /** Something was refused, or there are findings (exit 1). */
  static CommandException refused(String problem, String... hints) {
    return new CommandException(ExitCode.REFUSED, List.of(problem), List.of(hints));
  }

  /** The command line is wrong (exit 2). */
  static CommandException usage(String problem, String... hints) {
    return new CommandException(ExitCode.USAGE, List.of(problem), List.of(hints));
  }

  /** The surroundings do not allow it (exit 3). */
  static CommandException environment(String problem, String... hints) {
    return new CommandException(ExitCode.ENVIRONMENT, List.of(problem), List.of(hints));
  }

  /** The command or the flag is named already, but comes with a later version (exit 3). */
  static CommandException notYet(String subject) {
    return environment(subject + " is not in this version yet");
  }

  ExitCode exitCode() {
    return exitCode;
  }

  List<String> problems() {
    return problems;
  }

  List<String> hints() {
    return hints;
  }
}
