package dev.countersign.cli;

import dev.countersign.pki.CertificateAuthority;
import dev.countersign.pki.IssuedCertificate;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "renew",
    header = "The same names with a new key.",
    footer = {"", "Example:", "  countersign certs renew --dir certs/out --due"})
final class CertsRenew extends CertsSubcommand {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Where the authority and the identity directories are.")
  private Path directory = Path.of("");

  @Option(names = "--name", paramLabel = "NAME", description = "This identity, due or not.")
  private @Nullable String name;

  @Option(names = "--due", description = "Every identity in the last third of its life.")
  private boolean due;

  CertsRenew(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException {
    if ((name != null) == due) {
      throw CommandException.usage("certs renew needs either --name NAME or --due");
    }
    CertificateAuthority authority = authority(directory);
    List<IssuedCertificate> renewed =
        name == null ? authority.renewDue() : List.of(authority.renew(name));
    for (IssuedCertificate certificate : renewed) {
      printIssued("renewed", directory, certificate);
    }
    if (renewed.isEmpty() && !isJson()) {
      print("nothing is due");
    }
    return ExitCode.DONE;
  }
}
