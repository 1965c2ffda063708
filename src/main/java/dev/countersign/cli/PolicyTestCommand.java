package dev.countersign.cli;

import dev.countersign.policy.PolicyTestReport;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "test",
    header = "Decide a table of cases, and say which rules and methods have none.",
    description = {
      "",
      "TESTS is {\"cases\":[{\"name\",\"principal\",\"path\",\"headers\":{\"k\":[\"v\"]},"
          + "\"allowed\",\"rule\"}]}; headers and rule may be left out.",
      "Exit: 0 every case passed, 1 some did not."
    },
    footer = {"", "Example:", "  countersign policy test policy.json policy-tests.json"})
final class PolicyTestCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "FILE", description = "The policy.")
  private Path file;

  @Parameters(index = "1", paramLabel = "TESTS", description = "The cases.")
  private Path tests;

  @Mixin
  private OutputFormat format = new OutputFormat();

  PolicyTestCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException {
    PolicyTestReport report =
        PolicyFile.tests(tests).run(PolicyFile.policy(file), BuiltInServices.paths());
    if (format.isJson()) {
      terminal.out().println(report.json());
    } else {
      terminal.out().print(report.text());
    }
    return report.passed() ? ExitCode.DONE : ExitCode.REFUSED;
  }
}
