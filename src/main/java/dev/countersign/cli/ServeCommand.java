package dev.countersign.cli;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "serve",
    header = "Serve the route guide and the device controller to peers that a policy allows.",
    footer = {
      "",
      "Example:",
      "  countersign serve --listen mtls=127.0.0.1:8443 --identity certs/out/server \\",
      "    --policy policy.json"
    })
final class ServeCommand extends Subcommand {
  private final ServeLauncher launcher;

  @Mixin
  private ServeOptions options = new ServeOptions();

  ServeCommand(Terminal terminal, ServeLauncher launcher) {
    super(terminal);
    this.launcher = launcher;
  }

  @Override
  protected ExitCode run() throws IOException, InterruptedException {
    ServeSettings settings = options.settings();
    List<String> problems = settings.problems();
    if (!problems.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, problems, List.of("see \"countersign serve --help\""));
    }
    return launcher.serve(settings, terminal);
  }
}
