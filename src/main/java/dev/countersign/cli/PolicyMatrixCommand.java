package dev.countersign.cli;

import dev.countersign.files.AtomicFile;
import dev.countersign.identity.Principal;
import dev.countersign.policy.PolicyMatrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "matrix",
    header = "Show who may call what.",
    footer = {
      "",
      "Example:",
      "  countersign policy matrix policy.json --principal spiffe://example.org/viewer \\",
      "    --principal spiffe://example.org/operator --html matrix.html"
    })
final class PolicyMatrixCommand extends Subcommand {
  @Parameters(paramLabel = "FILE", description = "The policy.")
  private Path file;

  @Option(
      names = "--principal",
      required = true,
      paramLabel = "PRINCIPAL",
      converter = PrincipalText.class,
      description = "Who may call; may be repeated.")
  private List<Principal> principals;

  @Option(
      names = "--descriptor-set",
      paramLabel = "FILE",
      description =
          "The services, as protoc --descriptor_set_out writes them (default: the built-in"
              + " services).")
  private @Nullable Path descriptorSet;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page that needs nothing else.")
  private @Nullable Path html;

  @Mixin
  private OutputFormat format = new OutputFormat();

  PolicyMatrixCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException {
    PolicyMatrix matrix = PolicyMatrix.of(PolicyFile.policy(file), principals, methods());
    warnOfWhoMayCallNothing(matrix);
    if (format.isJson()) {
      terminal.out().println(matrix.json());
    } else {
      terminal.out().print(matrix.text());
    }
    if (html != null) {
      AtomicFile.write(
          html, matrix.html().getBytes(StandardCharsets.UTF_8), AtomicFile.Rights.PUBLIC);
      terminal.say("wrote " + Printable.of(html.toString()));
    }
    return ExitCode.DONE;
  }

  private void warnOfWhoMayCallNothing(PolicyMatrix matrix) {
    for (int row = 0; row < matrix.rows().size(); row++) {
      if (matrix.rows().get(row).stream()
          .allMatch(cell -> cell.verdict() == PolicyMatrix.Verdict.DENIED)) {
        terminal.warn("principal " + Printable.quoted(matrix.principals().get(row))
            + " may call none of these methods: no rule of policy "
            + Printable.quoted(matrix.policyName()) + " allows it");
      }
    }
  }

  private List<String> methods() throws IOException {
    return descriptorSet == null
        ? BuiltInServices.paths()
        : DescriptorSet.paths(descriptorSet, PolicyFile.read(descriptorSet));
  }
}
