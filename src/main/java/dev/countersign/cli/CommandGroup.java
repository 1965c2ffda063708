package dev.countersign.cli;

import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that only holds others. */
@Command(synopsisSubcommandLabel = "COMMAND")
abstract class CommandGroup extends Subcommand {
  @Spec
  private CommandSpec spec;

  CommandGroup(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected final ExitCode run() {
    Set<String> known = new TreeSet<>(spec.subcommands().keySet());
    throw CommandException.usage(
        spec.qualifiedName() + " needs a command (known: " + String.join(", ", known) + ")",
        "see \"" + spec.qualifiedName() + " --help\"");
  }
}
