package dev.countersign.cli;

import dev.countersign.pem.PemException;
import dev.countersign.pki.CertificateInspection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "inspect",
    header = "What a PEM or DER file holds.",
    footer = {"", "Example:", "  countersign certs inspect certs/out/server/tls.crt"})
final class CertsInspect extends CertsSubcommand {
  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "Certificates, a revocation list or a key.")
  private Path file = Path.of("");

  CertsInspect(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PemException {
    for (CertificateInspection.Item item :
        CertificateInspection.of(named("file", file), read(file))) {
      if (isJson()) {
        print(json -> {
          json.writeStringField("kind", item.kind());
          for (Map.Entry<String, String> field : item.fields().entrySet()) {
            json.writeStringField(field.getKey().replace(' ', '_'), field.getValue());
          }
        });
      } else {
        print(item.kind());
        item.fields().forEach((name, value) -> print("  " + name + ": " + value));
      }
    }
    return ExitCode.DONE;
  }
}
