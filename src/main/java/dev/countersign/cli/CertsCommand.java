package dev.countersign.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
    name = "certs",
    header = "A small certificate authority, and a critical look at certificates.",
    footer = {"", "Example:", "  countersign certs --help"})
final class CertsCommand extends CommandGroup {
  private CertsCommand(Terminal terminal) {
    super(terminal);
  }

  /** The group with everything in it. */
  static CommandLine in(Terminal terminal) {
    return new CommandLine(new CertsCommand(terminal));
  }
}
