package dev.countersign.cli;

import dev.countersign.policy.PolicyDiff;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "diff",
    header = "Show which decisions change between two policies.",
    description = {"", "Exit: 0 none, 1 some, or too many to ask them all."},
    footer = {"", "Example:", "  countersign policy diff old.json new.json"})
final class PolicyDiffCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "OLD", description = "The policy in force.")
  private Path before;

  @Parameters(index = "1", paramLabel = "NEW", description = "The policy to come.")
  private Path after;

  @Mixin
  private OutputFormat format = new OutputFormat();

  PolicyDiffCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException {
    PolicyDiff diff = PolicyDiff.between(PolicyFile.policy(before), PolicyFile.policy(after));
    if (format.isJson()) {
      terminal.out().println(diff.json());
    } else {
      terminal.out().print(diff.text());
    }
    return diff.changes().isEmpty() && diff.complete() ? ExitCode.DONE : ExitCode.REFUSED;
  }
}
