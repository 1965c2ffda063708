package dev.countersign.cli;

import dev.countersign.identity.DnsName;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateAuthority;
import dev.countersign.pki.IdentityRequest;
import dev.countersign.pki.IssuedCertificate;
import dev.countersign.pki.KeyAlgorithm;
import dev.countersign.pki.PkiException;
import dev.countersign.pki.Profile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "issue",
    header = "A certificate for one identity, and its directory.",
    footer = {
      "",
      "Example:",
      "  countersign certs issue --dir certs/out --name api --spiffe spiffe://example.org/api"
    })
final class CertsIssue extends CertsSubcommand {
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

  @Option(names = "--spiffe", paramLabel = "URI", description = "Its SPIFFE id.")
  private @Nullable String spiffe;

  @Option(names = "--dns", paramLabel = "NAME", description = "A host that it serves; repeatable.")
  private List<String> dns = new ArrayList<>();

  @Option(
      names = "--ip",
      paramLabel = "ADDRESS",
      description = "An address that it serves; repeatable.")
  private List<String> ip = new ArrayList<>();

  @Option(
      names = "--valid-for",
      paramLabel = "DURATION",
      converter = DurationText.class,
      defaultValue = "24h",
      description = "For how long (default: 24h).")
  private Duration validFor = IdentityRequest.DEFAULT_LIFETIME;

  @Option(
      names = "--profile",
      paramLabel = "PROFILE",
      defaultValue = "peer",
      description = "What it is used for: server, client or peer (default).")
  private String profile = "";

  @Option(
      names = "--key",
      paramLabel = "ALGORITHM",
      defaultValue = "ecdsa-p256",
      description = "The kind of its key: ecdsa-p256 (default), ecdsa-p384 or rsa-3072.")
  private String key = "";

  @Option(
      names = "--csr",
      paramLabel = "FILE",
      description = "Take the key of this signing request, and nothing else from it.")
  private @Nullable Path csr;

  CertsIssue(Terminal terminal) {
    super(terminal);
  }

  @Override
  protected ExitCode work() throws IOException, PkiException {
    List<InetAddress> addresses = new ArrayList<>();
    for (String address : ip) {
      addresses.add(IdentityRequest.parseAddress(address));
    }
    IdentityRequest request = IdentityRequest.named(name)
        .withDnsNames(dns.stream().map(DnsName::parse).toList())
        .withAddresses(addresses)
        .withValidFor(validFor)
        .withProfile(Profile.parse(profile))
        .withKey(KeyAlgorithm.parse(key));
    if (spiffe != null) {
      request = request.withSpiffeId(SpiffeId.parse(spiffe));
    }
    CertificateAuthority authority = authority(directory);
    IssuedCertificate issued = csr == null
        ? authority.issue(request)
        : authority.issueFrom(named("request file", csr), read(csr), request);
    printIssued("issued", directory, issued);
    return ExitCode.DONE;
  }
}
