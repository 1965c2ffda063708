package dev.countersign.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    header = "Print a completion script for bash and zsh.",
    footer = {
      "",
      "Example:",
      "  countersign completion",
      "",
      "In a shell's start-up file: source <(countersign completion)"
    })
final class CompletionCommand extends Subcommand {
  @Spec
  private CommandSpec spec;

  CompletionCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() {
    terminal.out().print(AutoComplete.bash("countersign", spec.root().commandLine()));
    return ExitCode.DONE;
  }
}
