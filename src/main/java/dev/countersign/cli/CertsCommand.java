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
    return new CommandLine(new CertsCommand(terminal))
        .addSubcommand(new CertsInit(terminal))
        .addSubcommand(new CertsIssue(terminal))
        .addSubcommand(new CertsApply(terminal))
        .addSubcommand(new CertsRenew(terminal))
        .addSubcommand(new CertsRevoke(terminal))
        .addSubcommand(new CertsCrl(terminal))
        .addSubcommand(new CertsList(terminal))
        .addSubcommand(new CertsRotate(terminal))
        .addSubcommand(new CertsInspect(terminal))
        .addSubcommand(new CertsLint(terminal));
  }
}
