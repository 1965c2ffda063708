package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import dev.countersign.workload.AgentSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServeOptionsTest {
  private static final String[] ENOUGH = {"serve", "--identity", "id", "--policy", "p.json"};

  private final List<ServeSettings> started = new ArrayList<>();
  private final Wiring wiring = new Wiring(
      (settings, terminal) -> {
        started.add(settings);
        return ExitCode.DONE;
      },
      Wiring.ofThisVersion().doctor(),
      Wiring.ofThisVersion().channels());

  @Test
  void hasSafeDefaults() {
    ServeSettings settings = settings();

    assertThat(settings.listeners())
        .containsExactly(new Place(TransportChoice.AUTO, new HostPort("127.0.0.1", 8443)));
    assertThat(settings.admin()).isEqualTo(new HostPort("127.0.0.1", 8081));
    assertThat(settings.identity())
        .contains(new IdentitySource.Files(IdentityFiles.in(Path.of("id"))));
    assertThat(settings.policy()).contains(Path.of("p.json"));
    assertThat(settings.tls())
        .isEqualTo(new TlsOptions(TlsOptions.Version.TLS_1_3, TlsOptions.Provider.BORINGSSL));
    assertThat(settings.reloadEvery()).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(45));
    assertThat(settings.limits().maxConnections()).isEmpty();
  }

  @Test
  void readsEveryFlag() {
    ServeSettings settings = settings(
        "--listen=mtls=127.0.0.1:0",
        "--listen=[::1]:8444",
        "--shadow-policy=next.json",
        "--federated=other.example=other.pem",
        "--admin=0.0.0.0:9000",
        "--ready-file=ready",
        "--features=places.json",
        "--tls-min=1.2",
        "--tls-provider=jdk",
        "--reload-every=250ms",
        "--drain=2m",
        "--max-connections=1",
        "--max-connections-per-identity=2",
        "--max-connection-age=1h",
        "--handshake-timeout=3s",
        "--max-message=4MiB",
        "--max-metadata=8KiB",
        "--max-streams=5");

    assertThat(settings.listeners()).hasToString("[mtls=127.0.0.1:0, auto=[::1]:8444]");
    assertThat(settings.shadowPolicy()).contains(Path.of("next.json"));
    assertThat(settings.identity())
        .contains(new IdentitySource.Files(IdentityFiles.in(Path.of("id"))
            .federatedWith(Map.of(new TrustDomain("other.example"), Path.of("other.pem")))));
    assertThat(settings.admin()).hasToString("0.0.0.0:9000");
    assertThat(settings.readyFile()).contains(Path.of("ready"));
    assertThat(settings.features()).contains(Path.of("places.json"));
    assertThat(settings.tls())
        .isEqualTo(new TlsOptions(TlsOptions.Version.TLS_1_2, TlsOptions.Provider.JDK));
    assertThat(settings.reloadEvery()).isEqualTo(Duration.ofMillis(250));
    assertThat(settings.drain()).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.limits())
        .isEqualTo(new LimitSettings(
            Optional.of(1),
            Optional.of(2),
            Optional.of(Duration.ofHours(1)),
            Optional.of(Duration.ofSeconds(3)),
            Optional.of(4 << 20),
            Optional.of(8 << 10),
            Optional.of(5)));
  }

  @Test
  void readsAnIdentityInFiles() {
    CommandRun run = run("serve", "--policy=p", "--cert=c", "--key=k", "--trust=t", "--crl=r");

    assertThat(run.exitCode()).isZero();
    assertThat(started.get(0).identity())
        .contains(new IdentitySource.Files(
            new IdentityFiles(Path.of("c"), Path.of("k"), Path.of("t"), Path.of("r"), Map.of())));
  }

  @Test
  void namesEverythingThatIsMissingAtOnce() {
    CommandRun run = run("serve", "--admin", "127.0.0.1:8443");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines().filter(line -> line.startsWith("countersign: error: ")))
        .containsExactly(
            "countersign: error: a policy is needed: --policy FILE (there is no default that allows"
                + " anything)",
            "countersign: error: an identity is needed: --identity DIR, or --cert, --key and"
                + " --trust, or --workload-api unix:/PATH",
            "countersign: error: address 127.0.0.1:8443 is named twice (--listen and --admin need"
                + " their own)");
    assertThat(started).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      --insecure-alts-emulator=10.0.0.1:1 | 2 | --insecure-alts-emulator cannot be used: host "10.0.0.1" is not a loopback address (an emulator gives no security, so it listens on 127.0.0.0/8, [::1] or localhost only)
      --insecure-alts-emulator=[::1]:0    | 2 | --insecure-alts-emulator cannot be connected to: "[::1]:0" (a host and a port above 0)
      --listen=tls=127.0.0.1:1            | 2 | --listen names an unknown transport: "tls" (auto, alts or mtls)
      --listen=mtls=127.0.0.1             | 2 | --listen is not an address: "127.0.0.1" (HOST:PORT or [IPV6]:PORT, with a port from 0 to 65535)
      --cert=c                            | 2 | --identity holds everything and excludes --cert, --key, --trust and --crl
      --workload-api=unix:/s              | 2 | --workload-api brings everything and excludes --identity, --cert, --key, --trust and --crl
      --workload-api=/run/agent.sock      | 2 | --workload-api is not a unix socket: "/run/agent.sock" (expected unix:/PATH)
      --workload-api=tcp://127.0.0.1:80   | 2 | --workload-api is not a unix socket: "tcp://127.0.0.1:80" (expected unix:/PATH)
      --workload-api=unix:agent.sock      | 2 | --workload-api is not an absolute path after "unix:": "unix:agent.sock" (expected unix:/PATH, without host, query or fragment)
      --workload-api=unix://host/s        | 2 | --workload-api is not an absolute path after "unix:": "unix://host/s" (expected unix:/PATH, without host, query or fragment)
      --spiffe-id=spiffe://example.org/a  | 2 | --spiffe-id needs --workload-api
      --tls-min=1.1                       | 2 | --tls-min is not a version of TLS that is spoken here: "1.1" (1.3 or 1.2)
      --tls-provider=openssl              | 2 | --tls-provider is not a TLS provider: "openssl" (boringssl or jdk)
      --max-streams=0                     | 2 | --max-streams is not a count: "0" (a whole number from 1 to 999999999)
      --max-message=9GiB                  | 2 | --max-message is out of range: "9GiB" (1 to 2147483647 bytes)
      --drain=0s                          | 2 | --drain is not positive: "0s"
      --federated=a.example               | 2 | --federated is not TRUST_DOMAIN=FILE: "a.example"
      --policy=q                          | 2 | --policy is given more than once
      --polcy=q                           | 2 | countersign serve has no flag "--polcy"
      """)
  void refusesWhatItCannotUse(String flag, int exitCode, String problem) {
    assertThat(run(ENOUGH).exitCode()).isZero();

    CommandRun run = run(with(flag));

    assertThat(run.err()).startsWith("countersign: error: " + problem + "\n");
    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(started).hasSize(1);
  }

  @Test
  void refusesATrustDomainThatIsNone() {
    CommandRun run = run(with("--federated=Other.Example=f"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("countersign: error: --federated: ");
  }

  @Test
  void readsAnIdentityFromAnAgent() {
    CommandRun run = run(
        "serve",
        "--policy=p",
        "--workload-api=unix:///run/s",
        "--spiffe-id=spiffe://example.org/a");

    assertThat(run.err()).isEmpty();
    assertThat(started.get(0).identity())
        .contains(new IdentitySource.Agent(
            new AgentSocket(Path.of("/run/s")),
            Optional.of(SpiffeId.parse("spiffe://example.org/a"))));
  }

  @Test
  void anAgentBringsTheAnchorsOfOtherDomainsItself() {
    CommandRun run =
        run("serve", "--policy=p", "--workload-api=unix:/run/s", "--federated=a.example=a.pem");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .startsWith("countersign: error: --workload-api brings the anchors of other trust domains"
            + " and excludes --federated\n");
  }

  @Test
  void saysWhatAnIdentityInFilesLacks() {
    CommandRun run = run("serve", "--policy=p", "--cert=c");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .startsWith("countersign: error: an identity in files lacks --key FILE and --trust FILE\n");
  }

  private ServeSettings settings(String... flags) {
    CommandRun run = run(with(flags));
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return started.get(0);
  }

  private CommandRun run(String... args) {
    return CommandRun.withInput("", wiring, args);
  }

  private static String[] with(String... flags) {
    List<String> args = new ArrayList<>(List.of(ENOUGH));
    args.addAll(List.of(flags));
    return args.toArray(String[]::new);
  }
}
