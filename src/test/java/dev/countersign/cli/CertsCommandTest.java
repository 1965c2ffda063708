package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CertsCommandTest {
  @TempDir
  private Path directory;

  @Test
  void goesFromNothingToIdentitiesAndSaysWhatWhereAndUntilWhen() throws Exception {
    done("init", "--trust-domain", "example.org");
    Path inventory = Files.writeString(directory.resolve("pki.yaml"), """
        trust_domain: example.org
        identities:
          - {name: server, spiffe: spiffe://example.org/server, dns: [localhost]}
        """);

    CommandRun run =
        CommandRun.of("certs", "apply", inventory.toString(), "--dir", directory.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .startsWith("issued " + directory.resolve("server") + ": spiffe://example.org/server until"
            + " 2026-11-23T08:00:00Z, serial ");
    assertThat(directory.resolve("server/tls.key")).exists();
    assertThat(CommandRun.of("certs", "apply", inventory.toString(), "--dir", directory.toString())
            .out())
        .startsWith("left ");
  }

  @Test
  void tellsWhatItHasAppliedBeforeSomethingFailed() throws Exception {
    done("init", "--trust-domain", "example.org");
    Path inventory = Files.writeString(directory.resolve("pki.yaml"), """
        trust_domain: example.org
        identities:
          - {name: first, spiffe: spiffe://example.org/first}
          - {name: second, spiffe: spiffe://example.org/second}
        """);
    Files.createFile(directory.resolve("second"));

    CommandRun run =
        CommandRun.of("certs", "apply", inventory.toString(), "--dir", directory.toString());

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.out().lines()).singleElement().asString().startsWith("issued ");
    assertThat(run.err()).contains("second");
  }

  @Test
  void eachCommandDoesItsWork() {
    done("init", "--trust-domain", "example.org");
    done("issue", "--name", "a", "--spiffe", "spiffe://example.org/a", "--valid-for", "2h");
    assertThat(done("renew", "--due").out()).isEqualTo("nothing is due\n");
    done("renew", "--name", "a");
    assertThat(done("revoke", "--name", "a").out().lines()).hasSize(2);
    done("crl");
    assertThat(done("list", "--format", "json").out().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("{\"state\":\"revoked\",\"name\":\"a\""));
    assertThat(done("rotate").out()).contains("step 1 of 3", "before the next step: every server");
    String leaf = directory.resolve("a/tls.crt").toString();
    assertThat(CommandRun.of("certs", "inspect", leaf).out())
        .contains("names: uri:spiffe://example.org/a", "key: EC P-256");
    assertThat(CommandRun.of("certs", "lint", leaf).exitCode()).isZero();
    CommandRun lint =
        CommandRun.of("certs", "lint", directory.resolve("a/tls.key").toString());
    assertThat(lint.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(lint.out()).contains("holds a private key").doesNotContain("BEGIN");
  }

  @Test
  void exitCodeSaysWhoseFaultItIs() {
    assertThat(certs("list").exitCode()).isEqualTo(ExitCode.ENVIRONMENT.number());
    done("init", "--trust-domain", "example.org");
    CommandRun again = certs("init", "--trust-domain", "other.example");
    assertThat(again.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(again.err()).contains("holds an authority for trust domain \"example.org\" already");
    assertThat(certs("renew").exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(certs("issue", "--name", "ca", "--dns", "a").exitCode())
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(certs("issue", "--name", "b", "--spiffe", "spiffe://other/a").exitCode())
        .isEqualTo(ExitCode.REFUSED.number());
  }

  private CommandRun done(String command, String... args) {
    CommandRun run = certs(command, args);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return run;
  }

  private CommandRun certs(String command, String... args) {
    String[] all = new String[args.length + 4];
    all[0] = "certs";
    all[1] = command;
    all[2] = "--dir";
    all[3] = directory.toString();
    System.arraycopy(args, 0, all, 4, args.length);
    return CommandRun.of(all);
  }
}
