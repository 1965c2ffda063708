package dev.countersign.cli;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.TrustDomain;
import dev.countersign.pki.CertificateAuthority;
import dev.countersign.pki.KeyAlgorithm;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "init",
    header = "A root and an issuing intermediate for a trust domain.",
    footer = {"", "Example:", "  countersign certs init --dir certs/out --trust-domain example.org"
    })
final class CertsInit extends CertsSubcommand {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Where the authority and the identity directories are.")
  private Path directory = Path.of("");

  @Option(
      names = "--trust-domain",
      paramLabel = "NAME",
      required = true,
      description = "Whose identities it issues, such as example.org.")
  private String trustDomain = "";

  @Option(
      names = "--dns-domain",
      paramLabel = "NAME",
      description =
          "A DNS domain that it may certify, itself and below; repeatable (default: any).")
  private List<String> dnsDomains = new ArrayList<>();

  @Option(
      names = "--key",
      paramLabel = "ALGORITHM",
      defaultValue = "ecdsa-p256",
      description = "The kind of its keys: ecdsa-p256 (default), ecdsa-p384 or rsa-3072.")
  private String key = "";

  CertsInit(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException {
    TrustDomain domain = new TrustDomain(trustDomain);
    CertificateAuthority.init(
        directory,
        domain,
        dnsDomains.stream().map(DnsName::parse).toList(),
        KeyAlgorithm.parse(key),
        terminal.clock());
    if (isJson()) {
      print(json -> {
        json.writeStringField("trust_domain", domain.name());
        json.writeStringField("directory", directory.resolve("ca").toString());
      });
    } else {
      print("made an authority for " + domain + " in " + directory.resolve("ca")
          + "; its keys stay there");
    }
    return ExitCode.DONE;
  }
}
