package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be served is refused with its file and place, by serve and doctor alike, and no key is ever printed. */
final class ServeRefusalTest {
  // The instant that CommandRun's clock shows.
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  private static final String POLICY = """
      {"name": "p", "allow_rules": [{"name": "all", "source": {"principals": ["*"]}}]}
      """;

  private final CertificateForge forge = CertificateForge.at(InstantSource.fixed(NOW));
  private final ForgedCertificate root = forge.root("CN=root").selfSigned();

  @TempDir
  private Path directory;

  private Path identity;
  private Path policy;

  @BeforeEach
  void baseline() throws Exception {
    identity = directory.resolve("server");
    policy = Files.writeString(directory.resolve("policy.json"), POLICY);
    good().issuedBy(root).writeTo(identity);
    CommandRun run = doctor();
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void needsAPolicyAndAnIdentityAndSaysBothAtOnce() {
    CommandRun run = CommandRun.of("serve");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines().filter(line -> line.startsWith("countersign: error:")))
        .hasSize(2)
        .anyMatch(line -> line.contains("--policy FILE"))
        .anyMatch(line -> line.contains("--identity DIR"));
  }

  @Test
  void policyThatIsEmptyOrBroken() throws Exception {
    Files.writeString(policy, "");
    assertThat(refused()).containsExactly(policy + ":1:1: file is empty");
    Files.writeString(
        policy, "{\"name\": \"p\",\n \"allow_rules\": [{\"name\": \"a\", \"sourc\": {}}]}");
    assertThat(refused()).singleElement().asString().startsWith(policy + ":2:").contains("sourc");
    Files.delete(policy);
    assertThat(refused()).singleElement().asString().contains(policy.toString(), "does not exist");
  }

  @Test
  void missingKey() throws Exception {
    Files.delete(identity.resolve("tls.key"));

    assertThat(refused()).singleElement().asString().contains("tls.key");
  }

  @Test
  void certificateAndKeySwapped() throws Exception {
    Path other = Files.move(identity.resolve("tls.key"), directory.resolve("x"));
    Files.move(identity.resolve("tls.crt"), identity.resolve("tls.key"));
    Files.move(other, identity.resolve("tls.crt"));
    Files.setPosixFilePermissions(
        identity.resolve("tls.key"), PosixFilePermissions.fromString("rw-------"));

    assertThat(refused())
        .anyMatch(line -> line.contains("tls.crt"))
        .anyMatch(line -> line.contains("tls.key"));
  }

  @Test
  void keyOfAnotherCertificate() throws Exception {
    Path other = directory.resolve("other");
    good().issuedBy(root).writeTo(other);
    Files.copy(
        other.resolve("tls.key"),
        identity.resolve("tls.key"),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);

    assertThat(refused())
        .singleElement()
        .asString()
        .contains("tls.key", "is not the key of certificate");
  }

  @Test
  void encryptedKey() throws Exception {
    Files.writeString(
        identity.resolve("tls.key"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n");

    assertThat(refused()).singleElement().asString().contains("tls.key", "encrypted");
  }

  @Test
  void expiredAndNotYetValidWithBothInstants() throws Exception {
    good().notAfter(NOW.minusSeconds(60)).issuedBy(root).writeTo(identity);
    assertThat(refused())
        .singleElement()
        .asString()
        .contains("tls.crt", "expired 2026-11-22T07:59:00Z", NOW.toString());

    good().notBefore(NOW.plusSeconds(60)).issuedBy(root).writeTo(identity);
    assertThat(refused())
        .singleElement()
        .asString()
        .contains("tls.crt", "not valid before 2026-11-22T08:01:00Z", NOW.toString());
  }

  @Test
  void certificateThatIsNotForServers() throws Exception {
    forge.leaf().spiffe("spiffe://example.org/server").client().issuedBy(root).writeTo(identity);

    assertThat(refused()).singleElement().asString().contains("tls.crt", "extended key usage");
  }

  @Test
  void chainThatDoesNotLeadToTheAnchors() throws Exception {
    Path other = directory.resolve("other");
    good().issuedBy(forge.root("CN=other root").selfSigned()).writeTo(other);
    Files.copy(
        other.resolve("ca.crt"), identity.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);

    assertThat(refused()).singleElement().asString().contains("tls.crt", "is not trusted");
  }

  @Test
  void privateKeyInTheCertificateFile() throws Exception {
    Files.writeString(
        identity.resolve("tls.crt"),
        Files.readString(identity.resolve("tls.crt"))
            + Files.readString(identity.resolve("tls.key")));

    assertThat(refused()).singleElement().asString().contains("tls.crt", "private key");
  }

  @Test
  void keyThatOthersCanRead() throws Exception {
    Files.setPosixFilePermissions(
        identity.resolve("tls.key"), PosixFilePermissions.fromString("rw-r--r--"));

    assertThat(refused()).singleElement().asString().contains("tls.key");
  }

  @Test
  void placesThatDoNotParse() throws Exception {
    Path places =
        Files.writeString(directory.resolve("places.json"), "{\"feature\": [\n{\"x\": 1}]}");

    assertThat(refused("--features", places.toString()))
        .singleElement()
        .asString()
        .contains("places.json", "2");
  }

  @Test
  void severalAtOnce() throws Exception {
    Files.writeString(policy, "{}");
    Files.delete(identity.resolve("tls.key"));
    Files.delete(identity.resolve("ca.crt"));

    assertThat(refused())
        .anyMatch(line -> line.contains("policy.json"))
        .anyMatch(line -> line.contains("tls.key"))
        .anyMatch(line -> line.contains("ca.crt"));
  }

  @Test
  void unknownFlagWithTheNearest() {
    CommandRun run = CommandRun.of("serve", "--identiy", "x");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("\"--identiy\"", "hint: did you mean \"--identity\"?");
  }

  private CertificateDraft good() {
    return forge.leaf().spiffe("spiffe://example.org/server").clientAndServer();
  }

  private CommandRun doctor(String... more) {
    return run("doctor", more);
  }

  private CommandRun run(String command, String... more) {
    List<String> words = new ArrayList<>(
        List.of(command, "--identity", identity.toString(), "--policy", policy.toString()));
    words.addAll(Arrays.asList(more));
    return CommandRun.of(words.toArray(String[]::new));
  }

  /** The problems that serve names; the server did not start, and nothing of a key was printed. */
  private List<String> refused(String... more) throws Exception {
    CommandRun run = run("serve", more);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    CommandRun doctor = doctor(more);
    assertThat(doctor.exitCode()).isEqualTo(1);
    for (String text : List.of(run.err(), doctor.out(), doctor.err())) {
      assertThat(text).doesNotContain("BEGIN").doesNotContain("a bug of ours");
      for (String secret : secrets()) {
        assertThat(text.toLowerCase(Locale.ROOT)).doesNotContain(secret.toLowerCase(Locale.ROOT));
      }
    }
    return run.err()
        .lines()
        .filter(line -> line.startsWith("countersign: error: "))
        .map(line -> line.substring("countersign: error: ".length()))
        .toList();
  }

  /** The base64 lines of whatever is in the key file and the certificate file. */
  private List<String> secrets() throws Exception {
    List<String> secrets = new ArrayList<>();
    for (String name : List.of("tls.key", "tls.crt")) {
      Path file = identity.resolve(name);
      if (Files.exists(file)) {
        Files.readString(file)
            .lines()
            .filter(line -> !line.startsWith("-") && line.length() > 10)
            .map(line -> line.substring(0, 10))
            .forEach(secrets::add);
      }
    }
    return secrets;
  }
}
