package dev.countersign.cli;

import dev.countersign.pki.IssuedCertificate;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    header = "What was issued, until when.",
    footer = {"", "Example:", "  countersign certs list --dir certs/out"})
final class CertsList extends CertsSubcommand {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Where the authority and the identity directories are.")
  private Path directory = Path.of("");

  CertsList(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException {
    for (IssuedCertificate certificate : authority(directory).list()) {
      if (isJson()) {
        print(json -> {
          json.writeStringField("state", state(certificate));
          writeCertificate(json, certificate);
        });
      } else {
        print(certificate.name() + "  " + principals(certificate) + "  "
            + certificate.request().profile().label() + "  " + state(certificate) + "  until "
            + certificate.notAfter() + "  serial " + certificate.serialHex());
      }
    }
    return ExitCode.DONE;
  }

  private String state(IssuedCertificate certificate) {
    if (certificate.isRevoked()) {
      return "revoked";
    }
    if (certificate.isExpired(terminal.clock().instant())) {
      return "expired";
    }
    return terminal.clock().instant().isBefore(certificate.due()) ? "valid" : "due";
  }
}
