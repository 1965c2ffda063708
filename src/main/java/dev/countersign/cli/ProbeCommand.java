package dev.countersign.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "probe",
    header = "Ask a server whether it is ready, at its admin port or as a client.",
    description = {"", "Exit: 0 ready, 1 not ready or refused, 3 not reachable."},
    footer = {"", "Example:", "  countersign probe --admin 127.0.0.1:8081"})
final class ProbeCommand extends Subcommand {
  private final ChannelSource channels;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      converter = HostPort.Destination.class,
      description = "The admin port.")
  private @Nullable HostPort admin;

  @Mixin
  private DialOptions dialOptions = new DialOptions();

  ProbeCommand(Terminal terminal, ChannelSource channels) {
    super(terminal);
    this.channels = channels;
  }

  @Override
  protected ExitCode run() throws InterruptedException {
    if ((admin != null) == dialOptions.hasTarget()) {
      throw CommandException.usage("probe needs either --admin HOST:PORT or --target HOST:PORT");
    }
    Readiness readiness = admin != null
        ? AdminProbe.ask(admin)
        : HealthProbe.ask(channels, dialOptions.dial(), terminal);
    terminal.out().println(Printable.of(readiness.text()));
    return readiness.isReady() ? ExitCode.DONE : ExitCode.REFUSED;
  }
}
