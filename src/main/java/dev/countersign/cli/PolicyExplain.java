package dev.countersign.cli;

import dev.countersign.identity.Principal;
import dev.countersign.policy.Explanation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "explain",
    header = "Decide one call and say why: the deciding rule, and what kept the others out.",
    description = {"", "Exit: 0 whether the call is allowed or denied."},
    footer = {
      "",
      "Example:",
      "  countersign policy explain policy.json --principal spiffe://example.org/viewer \\",
      "    --path /routeguide.RouteGuide/GetFeature"
    })
final class PolicyExplain extends Subcommand {
  @Parameters(paramLabel = "FILE", description = "The policy.")
  private Path file;

  @Option(
      names = "--principal",
      required = true,
      paramLabel = "PRINCIPAL",
      converter = PrincipalText.class,
      description = "Who calls; repeat it for a certificate with several names.")
  private List<Principal> principals;

  @Option(
      names = "--path",
      required = true,
      paramLabel = "/package.Service/Method",
      converter = MethodPath.class,
      description = "What is called.")
  private String path;

  @Mixin
  private Headers headers = new Headers();

  @Mixin
  private OutputFormat format = new OutputFormat();

  PolicyExplain(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException {
    Explanation explanation =
        Explanation.of(PolicyFile.policy(file), principals, path, headers.asPolicySeesThem()::get);
    if (format.isJson()) {
      terminal.out().println(explanation.json());
    } else {
      terminal.out().print(explanation.text());
    }
    return ExitCode.DONE;
  }
}
