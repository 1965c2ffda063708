package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands that come near key material, at the loudest, with good files and with broken ones: nothing of a key and no
 * password is in what they print, log, report or leave behind, but for the key files themselves.
 */
@Timeout(300)
final class CommandSecretsIT {
  private static final String PASSWORD = "canary-Passw0rd-of-a-key";

  @TempDir
  private Path directory;

  private Path temporary;
  private Path certs;
  private Path policy;
  private Path run;
  private final List<Step> steps = new ArrayList<>();
  private List<Path> inputs = List.of();

  /** A command, and how it must end; any refusal will do where that is null. */
  private record Step(@Nullable Integer code, List<String> words) {
    boolean isEndedRightly(String line) {
      String[] parts = line.split(": ", 2);
      int ended = Integer.parseInt(parts[0]);
      return parts[1].equals(String.join(" ", words))
          && (code == null ? ended >= 1 && ended <= 3 : ended == code);
    }
  }

  @BeforeEach
  void prepare() throws Exception {
    temporary = Files.createDirectory(directory.resolve("tmp"));
    run = Files.createDirectory(directory.resolve("run"));
    certs = directory.resolve("certs");
    assertThat(CommandRun.today("certs", "init", "--dir=" + certs, "--trust-domain=example.org")
            .exitCode())
        .isZero();
    for (String name : List.of("server", "operator", "viewer")) {
      assertThat(CommandRun.today(
                  "certs",
                  "issue",
                  "--dir=" + certs,
                  "--name=" + name,
                  "--key=" + (name.equals("viewer") ? "rsa-3072" : "ecdsa-p256"),
                  "--spiffe=spiffe://example.org/" + name)
              .exitCode())
          .isZero();
    }
    policy = Files.writeString(directory.resolve("policy.json"), """
        {"name": "secrets", "allow_rules": [{"name": "operators", "source": {"principals": ["spiffe://example.org/operator"]}}]}
        """);
  }

  @Test
  void certsTellNothingWhateverTheyAreGiven() throws Exception {
    Path inventory = Files.writeString(directory.resolve("pki.yaml"), """
        trust_domain: example.org
        identities:
          - name: applied
            spiffe: spiffe://example.org/applied
        """);
    List<Path> broken = brokenAuthorities();
    then(0, "certs", "init", "--dir=" + directory.resolve("other"), "--trust-domain=example.org");
    then(1, "certs", "init", "--dir=" + certs, "--trust-domain=example.org");
    then(0, issue(certs, "fresh"));
    then(1, with(issue(certs, "request"), "--csr=" + key("viewer")));
    then(0, "certs", "apply", inventory.toString(), "--dir=" + certs);
    then(1, "certs", "apply", key("viewer"), "--dir=" + certs);
    then(0, "certs", "renew", "--dir=" + certs, "--name=operator");
    then(0, "certs", "revoke", "--dir=" + certs, "--name=viewer");
    then(0, "certs", "crl", "--dir=" + certs);
    then(0, "certs", "list", "--dir=" + certs);
    then(0, "certs", "inspect", certs.resolve("operator/tls.crt").toString());
    then(0, "certs", "inspect", key("operator"));
    then(0, "certs", "inspect", key("viewer"));
    then(1, "certs", "inspect", broken.get(0).resolve("ca/intermediate-1.key").toString());
    then(0, "certs", "lint", certs.resolve("operator/tls.crt").toString());
    then(1, "certs", "lint", key("operator"));
    then(0, "certs", "rotate", "--dir=" + certs);
    for (Path each : broken) {
      thenFails(issue(each, "more"));
      thenFails(List.of("certs", "renew", "--dir=" + each, "--name=operator"));
      thenFails(List.of("certs", "apply", inventory.toString(), "--dir=" + each));
    }
    runAll();

    for (List<String> command :
        List.of(issue(certs, "large"), List.of("certs", "rotate", "--dir=" + certs))) {
      failsWithoutRoom(command);
    }
    nothingSecretIsLeft();
  }

  private void failsWithoutRoom(List<String> command) throws Exception {
    List<String> words =
        new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -f 1 && exec \"$@\"", "sh"));
    words.addAll(
        ServeProcess.java(List.of("-XX:-UsePerfData", "-Djava.io.tmpdir=" + temporary), command));
    try (ServeProcess process =
        ServeProcess.start(Files.createTempDirectory(directory, "full"), words)) {
      assertThat(process.exitCode()).as(process.err()).isEqualTo(3);
      assertThat(process.err()).contains("File too large");
    }
  }

  /** Each with an authority that cannot do its work: no longer, or not in this directory. */
  private List<Path> brokenAuthorities() throws Exception {
    String key = Files.readString(certs.resolve("ca/intermediate-1.key"));
    List<Path> broken = new ArrayList<>();
    broken.add(copy("encrypted", "ca/intermediate-1.key", encrypted(key)));
    broken.add(copy("cut", "ca/intermediate-1.key", key.substring(0, key.length() / 2)));
    broken.add(copy("no-base64", "ca/intermediate-1.key", key.replace("\nM", "\n!")));
    broken.add(
        copy("of-another", "ca/intermediate-1.key", Files.readString(Path.of(key("viewer")))));
    broken.add(copy("as-certificate", "ca/intermediate-1.crt", key));
    broken.add(copy("as-state", "ca/state", "{\"issuing\": \"" + key.replace("\n", "") + "\"}"));
    Path blocked = copy("blocked", "more", key);
    Files.writeString(blocked.resolve("applied"), key);
    Files.delete(blocked.resolve("operator/tls.crt"));
    Files.createDirectory(blocked.resolve("operator/tls.crt"));
    broken.add(blocked);
    return broken;
  }

  private Path copy(String name, String file, String content) throws Exception {
    Path copy = directory.resolve(name);
    try (Stream<Path> files = Files.walk(certs)) {
      for (Path each : files.toList()) {
        Files.copy(each, copy.resolve(certs.relativize(each)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    Path spoiled = copy.resolve(file);
    Files.writeString(spoiled, content);
    Files.setPosixFilePermissions(spoiled, PosixFilePermissions.fromString("rw-------"));
    return copy;
  }

  @Test
  void doctorAndPoliciesTellNothingOfKeysInTheWrongPlace() throws Exception {
    String key = Files.readString(Path.of(key("server")));
    Path keyAsPolicy = Files.writeString(directory.resolve("key-policy.json"), key);
    Path keyInPolicy = Files.writeString(
        directory.resolve("key-in-policy.json"),
        "{\"name\":\"" + key.replace("\n", "") + "\",\"" + key.replace("\n", "") + "\": 1}");
    List<Path> identities = new ArrayList<>();
    identities.add(copy("encrypted", "server/tls.key", encrypted(key)).resolve("server"));
    identities.add(
        copy("cut", "server/tls.key", key.substring(0, key.length() / 2)).resolve("server"));
    identities.add(copy("of-another", "server/tls.key", Files.readString(Path.of(key("viewer"))))
        .resolve("server"));
    identities.add(copy("in-chain", "server/tls.crt", key).resolve("server"));
    identities.add(copy("in-anchors", "server/ca.crt", key).resolve("server"));
    for (String format : List.of("text", "json")) {
      then(0, doctor(certs.resolve("server"), policy, format));
      for (Path identity : identities) {
        then(1, doctor(identity, policy, format));
      }
      then(1, doctor(certs.resolve("server"), keyAsPolicy, format));
      then(1, doctor(certs.resolve("server"), keyInPolicy, format));
    }
    for (Path file : List.of(keyAsPolicy, keyInPolicy)) {
      thenFails(List.of("policy", "check", file.toString()));
      thenFails(List.of("policy", "test", policy.toString(), file.toString()));
      thenFails(List.of("policy", "diff", policy.toString(), file.toString()));
      thenFails(List.of(
          "policy",
          "matrix",
          policy.toString(),
          "--principal=spiffe://example.org/operator",
          "--descriptor-set=" + file));
    }
    runAll();
    nothingSecretIsLeft();
  }

  private static List<String> doctor(Path identity, Path policy, String format) {
    return List.of(
        "doctor",
        "--listen=mtls=127.0.0.1:0",
        "--identity=" + identity,
        "--policy=" + policy,
        "--format=" + format);
  }

  @Test
  void anAssessmentAndItsReportsTellNothing() throws Exception {
    Path serving = directory.resolve("serving");
    List<String> serve = LoudMain.words(
        temporary,
        run.resolve("server.log"),
        List.of(
            "serve",
            "--listen=mtls=127.0.0.1:0",
            "--admin=127.0.0.1:0",
            "--identity=" + certs.resolve("server"),
            "--policy=" + policy,
            "--ready-file=" + ServeProcess.readyFile(serving)));
    try (ServeProcess server = ServeProcess.start(serving, serve)) {
      ServeProcess.Ready ready = server.ready();
      String key = Files.readString(Path.of(key("operator")));
      Path cannotIssue = copy(
          "no-authority",
          "ca/intermediate-1.key",
          encrypted(Files.readString(certs.resolve("ca/intermediate-1.key"))));
      Path good = certs.resolve("operator");
      then(0, assess(ready, "good", good, certs.resolve("viewer"), certs));
      // Whoever may call is given as whoever may not.
      then(1, assess(ready, "findings", good, good, certs));
      then(0, assess(ready, "no-authority", good, certs.resolve("viewer"), cannotIssue));
      for (Path identity : List.of(
          copy("encrypted", "operator/tls.key", encrypted(key)),
          copy("cut", "operator/tls.key", key.substring(0, key.length() / 2)))) {
        thenFails(assess(
            ready, "unusable", identity.resolve("operator"), certs.resolve("viewer"), certs));
      }
      runAll();
      server.terminate();
      assertThat(server.exitCode()).isEqualTo(143);
    }
    try (Stream<Path> reports = Files.list(run)) {
      assertThat(reports.filter(file -> file.toString().contains("report-"))).hasSize(12);
    }
    nothingSecretIsLeft();
  }

  private List<String> assess(
      ServeProcess.Ready ready, String name, Path identity, Path denied, Path authority) {
    List<String> words = new ArrayList<>(List.of(
        "assess",
        "--target=" + ready.target(),
        "--admin=" + ready.admin(),
        "--transport=mtls",
        "--identity=" + identity,
        "--denied-identity=" + denied,
        "--ca-dir=" + authority,
        "--abuse-time=100ms"));
    for (String check : List.of(
        "expired",
        "revoked",
        "denied-identity",
        "stolen-certificate",
        "self-signed",
        "two-ids",
        "ping-flood")) {
      words.add("--only=" + check);
    }
    for (String format : List.of("text", "json", "junit", "html")) {
      words.add("--format=" + format);
      words.add("--out=" + run.resolve("report-" + name + "." + format));
    }
    return words;
  }

  private String key(String name) {
    return certs.resolve(name).resolve("tls.key").toString();
  }

  private static List<String> issue(Path authority, String name) {
    return List.of(
        "certs",
        "issue",
        "--dir=" + authority,
        "--name=" + name,
        "--spiffe=spiffe://example.org/" + name);
  }

  private static List<String> with(List<String> words, String... more) {
    return Stream.concat(words.stream(), Stream.of(more)).toList();
  }

  private static String encrypted(String key) {
    return key.replace(
        "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: " + PASSWORD + "\n\n");
  }

  private void then(int code, String... words) {
    then(code, List.of(words));
  }

  private void then(int code, List<String> words) {
    steps.add(new Step(code, words));
  }

  /** Refused, used wrongly or stopped by its environment; not a bug of ours. */
  private void thenFails(List<String> words) {
    steps.add(new Step(null, words));
  }

  /** Runs them in one process. */
  private void runAll() throws Exception {
    List<Path> written = List.of(run, temporary, directory.resolve("serving"));
    inputs = new KeySearch().addKeysBelow(directory).add(PASSWORD).below(directory, written);
    Path script = LoudCommands.write(
        directory.resolve("commands"), steps.stream().map(Step::words).toList());
    List<String> words = LoudMain.words(
        LoudCommands.class, temporary, run.resolve("everything.log"), List.of(script.toString()));
    try (ServeProcess process = ServeProcess.start(run, words)) {
      assertThat(process.exitCode()).as(process.err()).isZero();
      List<String> ends = process
          .err()
          .lines()
          .filter(line -> line.startsWith("ended with "))
          .map(line -> line.substring("ended with ".length()))
          .toList();
      assertThat(ends).as(process.err()).hasSameSizeAs(steps);
      for (int i = 0; i < steps.size(); i++) {
        assertThat(steps.get(i).isEndedRightly(ends.get(i)))
            .as("%s in place of %s: %s", ends.get(i), steps.get(i).code(), process.err())
            .isTrue();
      }
    }
  }

  /** Every key that is here by now is searched for in every file but those where keys are put. */
  private void nothingSecretIsLeft() throws Exception {
    List<Path> rightful = new ArrayList<>(inputs);
    rightful.addAll(KeySearch.keyFiles(directory));
    KeySearch secrets = new KeySearch().addKeysBelow(directory).add(PASSWORD);
    assertThat(secrets.in(Files.readString(Path.of(key("operator"))))).isNotEmpty();
    assertThat(Files.size(run.resolve("everything.log"))).isGreaterThan(1_000);
    assertThat(secrets.below(directory, rightful)).isEmpty();
    assertThat(new KeySearch().add("PRIVATE KEY-----\nM").below(directory, rightful))
        .isEmpty();
    try (Stream<Path> left = Files.walk(directory)) {
      assertThat(left.map(Path::toString)).noneMatch(file -> file.contains(".tmp"));
    }
  }
}
