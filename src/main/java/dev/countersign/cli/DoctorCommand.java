package dev.countersign.cli;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "doctor",
    header = "Say what serve would choose here with the same flags, and why; start nothing.",
    footer = {
      "",
      "Example:",
      "  countersign doctor --identity certs/out/server --policy policy.json --format json"
    })
final class DoctorCommand extends Subcommand {
  private final Doctor doctor;

  @Mixin
  private ServeOptions options = new ServeOptions();

  @Mixin
  private OutputFormat format = new OutputFormat();

  DoctorCommand(Terminal terminal, Doctor doctor) {
    super(terminal);
    this.doctor = doctor;
  }

  @Override
  protected ExitCode run() throws IOException, InterruptedException {
    return doctor.examine(options.settings(), format.isJson(), terminal);
  }
}
