package dev.countersign.cli;

import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.KeyAlgorithm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Identities of one authority, a policy that allows the operator everything, and the words that serve with them. */
final class ServedIdentities {
  static final String OPERATOR = "spiffe://example.org/operator";
  static final String SERVER = "spiffe://example.org/server";

  private final CertificateForge forge = CertificateForge.at(InstantSource.system());
  private final ForgedCertificate root = forge.root("CN=root").selfSigned();
  private final Path directory;
  private final Path policy;

  private ServedIdentities(Path directory) throws Exception {
    this.directory = directory;
    for (String name : List.of("server", "operator", "viewer")) {
      issue(name, KeyAlgorithm.ECDSA_P256);
    }
    policy = Files.writeString(directory.resolve("policy.json"), """
        {"name": "served",
         "allow_rules": [{"name": "operators", "source": {"principals": ["%s"]}}],
         "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW",
           "audit_loggers": [{"name": "stdout_logger"}]}}
        """.formatted(OPERATOR));
  }

  /** Issues an identity, again if it is there. */
  void issue(String name, KeyAlgorithm keys) throws Exception {
    forge
        .leaf()
        .keys(keys)
        .spiffe("spiffe://example.org/" + name)
        .clientAndServer()
        .issuedBy(root)
        .writeTo(identity(name));
  }

  static ServedIdentities in(Path directory) throws Exception {
    return new ServedIdentities(directory);
  }

  Path identity(String name) {
    return directory.resolve(name);
  }

  /** The command line that serves, on ports of its choice, and says in the run's directory where. */
  List<String> serve(Path run, String... more) {
    return serveAt("127.0.0.1:0", run, more);
  }

  List<String> serveAt(String address, Path run, String... more) {
    List<String> words = new ArrayList<>(List.of(
        "serve",
        "--listen=mtls=" + address,
        "--admin=127.0.0.1:0",
        "--identity=" + identity("server"),
        "--policy=" + policy,
        "--ready-file=" + ServeProcess.readyFile(run)));
    words.addAll(List.of(more));
    return words;
  }

  /** A call of the route guide by an identity. */
  CommandRun call(String target, String name, String expectedServer, String... more) {
    List<String> words = new ArrayList<>(List.of(
        "call",
        "--target=mtls=" + target,
        "--identity=" + identity(name),
        "--expect-server=" + expectedServer,
        "--json={\"latitude\":1,\"longitude\":2}"));
    words.addAll(List.of(more));
    words.add("routeguide.RouteGuide/GetFeature");
    return CommandRun.today(words.toArray(String[]::new));
  }
}
