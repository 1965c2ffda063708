package dev.countersign.cli;

import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "crl",
    header = "A fresh revocation list, for every identity.",
    footer = {"", "Example:", "  countersign certs crl --dir certs/out"})
final class CertsCrl extends CertsSubcommand {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Where the authority and the identity directories are.")
  private Path directory = Path.of("");

  CertsCrl(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException {
    Instant next = authority(directory).refreshCrl();
    Path file = directory.resolve("ca").resolve("crl.pem");
    if (isJson()) {
      print(json -> {
        json.writeStringField("file", file.toString());
        json.writeStringField("next_update", next.toString());
      });
    } else {
      print("signed " + file + " and gave it to every identity; the next is due " + next);
    }
    return ExitCode.DONE;
  }
}
