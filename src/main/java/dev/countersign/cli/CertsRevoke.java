package dev.countersign.cli;

import dev.countersign.pki.IssuedCertificate;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "revoke",
    header = "Take certificates back, and tell every identity.",
    footer = {"", "Example:", "  countersign certs revoke --dir certs/out --name viewer"})
final class CertsRevoke extends CertsSubcommand {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Where the authority and the identity directories are.")
  private Path directory = Path.of("");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "The identity, and its directory.")
  private String name = "";

  @Option(
      names = "--serial",
      paramLabel = "HEX",
      description = "Only this certificate (default: all of the identity that still count).")
  private @Nullable String serial;

  CertsRevoke(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException {
    for (IssuedCertificate certificate : authority(directory).revoke(name, serialNumber())) {
      printIssued("revoked", directory, certificate);
    }
    return ExitCode.DONE;
  }

  private Optional<BigInteger> serialNumber() {
    if (serial == null) {
      return Optional.empty();
    }
    if (!serial.matches("[0-9a-fA-F]{1,64}")) {
      throw CommandException.usage(
          "--serial is not a hexadecimal number: " + Printable.quoted(serial));
    }
    return Optional.of(new BigInteger(serial, 16));
  }
}
