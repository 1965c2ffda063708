package dev.countersign.cli;

import dev.countersign.pki.Applied;
import dev.countersign.pki.Inventory;
import dev.countersign.pki.InventoryException;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "apply",
    header = "Make the identities what an inventory says.",
    footer = {"", "Example:", "  countersign certs apply certs/pki.yaml --dir certs/out"})
final class CertsApply extends CertsSubcommand {
  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "The inventory, such as certs/pki.yaml.")
  private Path file = Path.of("");

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Where the authority and the identity directories are.")
  private Path directory = Path.of("");

  CertsApply(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException, InventoryException {
    Inventory inventory = Inventory.parse(file.toString(), read(file));
    Pace pace = new Pace(inventory.identities().size(), "identities");
    authority(directory).apply(inventory, applied -> {
      print(applied);
      terminal.out().flush();
      pace.step(terminal);
    });
    return ExitCode.DONE;
  }

  private void print(Applied applied) {
    String action = applied.action().name().toLowerCase(Locale.ROOT);
    if (applied.action() == Applied.Action.LEFT && !isJson()) {
      print("left " + directory.resolve(applied.certificate().name()) + ": " + applied.why());
    } else {
      printIssued(action, directory, applied.certificate());
    }
  }
}
