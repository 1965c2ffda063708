package dev.countersign.cli;

import dev.countersign.policy.Policy;
import dev.countersign.policy.PolicyDiff;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "diff",
    header = "Show which decisions change between two policies.",
    description = {
      "",
      "Asks about every principal and method that either policy names, or with --audit about the",
      "calls that a server saw: what a --shadow-policy would have changed, for real traffic.",
      "",
      "Exit: 0 none, 1 some, or too many to ask them all."
    },
    footer = {"", "Example:", "  countersign policy diff policy.json shadow.json --audit audit.log"
    })
final class PolicyDiffCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "OLD", description = "The policy in force.")
  private Path before;

  @Parameters(index = "1", paramLabel = "NEW", description = "The policy to come.")
  private Path after;

  @Option(
      names = "--audit",
      paramLabel = "FILE",
      description =
          "Ask about the calls in these audit records (standard output of serve) instead.")
  private @Nullable Path audit;

  @Mixin
  private OutputFormat format = new OutputFormat();

  PolicyDiffCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException {
    Policy old = PolicyFile.policy(before);
    Policy fresh = PolicyFile.policy(after);
    PolicyDiff diff = audit == null
        ? PolicyDiff.between(old, fresh)
        : PolicyDiff.over(AuditLines.read(audit), old, fresh);
    if (format.isJson()) {
      terminal.out().println(diff.json());
    } else {
      terminal.out().print(diff.text());
    }
    return diff.changes().isEmpty() && diff.complete() ? ExitCode.DONE : ExitCode.REFUSED;
  }
}
