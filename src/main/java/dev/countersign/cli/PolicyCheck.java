package dev.countersign.cli;

import dev.countersign.policy.Policy;
import dev.countersign.policy.PolicyException;
import dev.countersign.policy.PolicyProblem;
import dev.countersign.policy.PolicyWarnings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "check",
    header = "Say everything that is wrong with a policy, and where.",
    description = {"", "Exit: 0 usable (there may be warnings), 1 problems."},
    footer = {"", "Example:", "  countersign policy check policy.json"})
final class PolicyCheck extends Subcommand {
  @Parameters(paramLabel = "FILE", description = "The policy.")
  private Path file;

  @Mixin
  private OutputFormat format = new OutputFormat();

  PolicyCheck(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() throws IOException {
    try {
      Policy policy = PolicyFile.policy(file);
      printUsable(policy, PolicyWarnings.of(policy, List.of()));
      return ExitCode.DONE;
    } catch (PolicyException e) {
      printProblems(e);
      return ExitCode.REFUSED;
    }
  }

  private void printUsable(Policy policy, List<String> warnings) {
    if (format.isJson()) {
      terminal.out().println(json(true, List.of(), warnings));
      return;
    }
    warnings.forEach(
        warning -> terminal.out().println("warning: " + Printable.of(file + ": " + warning)));
    terminal
        .out()
        .println(Printable.of(file.toString())
            + ": policy "
            + Printable.quoted(policy.name())
            + " is usable ("
            + warnings.size()
            + (warnings.size() == 1 ? " warning)" : " warnings)"));
  }

  private void printProblems(PolicyException refused) {
    if (format.isJson()) {
      terminal.out().println(json(false, refused.problems(), List.of()));
      return;
    }
    for (PolicyProblem problem : refused.problems()) {
      terminal
          .out()
          .println(Printable.of(file + ":" + problem.line() + ":" + problem.column())
              + ": "
              + Printable.of(problem.message()));
    }
  }

  private static String json(boolean ok, List<PolicyProblem> problems, List<String> warnings) {
    return JsonLine.of(json -> {
      json.writeBooleanField("ok", ok);
      json.writeArrayFieldStart("problems");
      for (PolicyProblem problem : problems) {
        json.writeStartObject();
        json.writeNumberField("line", problem.line());
        json.writeNumberField("column", problem.column());
        json.writeStringField("path", problem.path());
        json.writeStringField("reason", problem.reason().name());
        json.writeStringField("message", problem.message());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("warnings");
      for (String warning : warnings) {
        json.writeString(warning);
      }
      json.writeEndArray();
    });
  }
}
