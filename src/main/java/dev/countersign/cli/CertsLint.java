package dev.countersign.cli;

import dev.countersign.pki.CertificateFinding;
import dev.countersign.pki.CertificateLint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "lint",
    header = "What is wrong with a certificate file as an identity here.",
    footer = {"", "Example:", "  countersign certs lint certs/out/server/tls.crt"})
final class CertsLint extends CertsSubcommand {
  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "The leaf, then its intermediates; or trust anchors.")
  private Path file = Path.of("");

  CertsLint(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException {
    List<CertificateFinding> findings = CertificateLint.of(
        named("certificate file", file), read(file), terminal.clock().instant());
    for (CertificateFinding finding : findings) {
      String severity = finding.severity().name().toLowerCase(Locale.ROOT);
      if (isJson()) {
        print(json -> {
          json.writeStringField("severity", severity);
          json.writeStringField("reason", finding.reason().name());
          json.writeStringField("subject", finding.subject());
          json.writeStringField("problem", finding.problem());
        });
      } else {
        print(severity + ": " + finding.subject() + ": " + finding.problem());
      }
    }
    if (findings.isEmpty() && !isJson()) {
      print("nothing is wrong with " + file);
    }
    return findings.isEmpty() ? ExitCode.DONE : ExitCode.REFUSED;
  }
}
