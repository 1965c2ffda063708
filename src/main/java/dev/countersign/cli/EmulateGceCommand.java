package dev.countersign.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "emulate-gce",
    header = "Emulate the metadata server and the ALTS handshaker of Google Compute Engine.",
    description = {"", "It gives no security. Not in this version yet."},
    footer = {
      "",
      "Example:",
      "  countersign emulate-gce --workload server@demo.iam.gserviceaccount.com=127.0.0.2:8080"
    })
final class EmulateGceCommand extends Subcommand {
  @Option(
      names = "--workload",
      paramLabel = "SERVICE_ACCOUNT=HOST:PORT",
      description = "A workload and where its handshaker listens; may be repeated.")
  List<String> workloads = List.of();

  @Option(
      names = "--metadata",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description = "Where the metadata server listens.")
  @Nullable
  HostPort metadata;

  @Option(
      names = "--fault",
      paramLabel = "FAULT",
      description = "delay=DURATION, freeze, refuse, wrong-peer, no-status; may be repeated.")
  List<String> faults = List.of();

  @Option(
      names = "--ready-file",
      paramLabel = "FILE",
      description = "Written when it listens: the addresses, as JSON.")
  @Nullable
  Path readyFile;

  EmulateGceCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode run() {
    throw CommandException.notYet("emulate-gce");
  }
}
