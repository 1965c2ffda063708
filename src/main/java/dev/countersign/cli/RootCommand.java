package dev.countersign.cli;

import picocli.CommandLine.Command;

@Command(
    name = "countersign",
    header = "For gRPC services that must know who calls them.",
    description = {
      "",
      "Each flag can also be given as an environment variable: --max-connections is"
          + " COUNTERSIGN_MAX_CONNECTIONS. A flag wins. A flag that may be repeated is"
          + " comma-separated there.",
      "Results go to stdout, everything else to stderr; COUNTERSIGN_LOG_LEVEL (error, warn, info,"
          + " debug or trace) says how much is logged."
    },
    footer = {
      "",
      "Exit: 0 done, 1 refused or findings, 2 usage, 3 environment, 70 a bug of ours.",
      "",
      "Example:",
      "  countersign policy check policy.json"
    })
final class RootCommand extends CommandGroup {
  RootCommand(Terminal terminal) {
    super(terminal);
  }
}
