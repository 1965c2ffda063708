package dev.countersign.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(
    name = "policy",
    header = "What a policy (gRFC A43) says, and why.",
    footer = {"", "Example:", "  countersign policy check policy.json"})
final class PolicyCommand extends CommandGroup {
  private PolicyCommand(Terminal terminal) {
    super(terminal);
  }

  /** The group with everything in it. */
  static CommandLine in(Terminal terminal) {
    return new CommandLine(new PolicyCommand(terminal))
        .addSubcommand(new PolicyCheck(terminal))
        .addSubcommand(new PolicyExplain(terminal))
        .addSubcommand(new PolicyTestCommand(terminal))
        .addSubcommand(new PolicyMatrixCommand(terminal))
        .addSubcommand(new PolicyDiffCommand(terminal));
  }
}
