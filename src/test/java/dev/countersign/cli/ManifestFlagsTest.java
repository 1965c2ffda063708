package dev.countersign.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.manifests.DeployedCommand;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of the manifests, with the environment that their pods give them, as the command line reads them. */
final class ManifestFlagsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-22T08:00:00Z"));

  private final List<ServeSettings> served = new ArrayList<>();
  private final List<ServeSettings> examined = new ArrayList<>();
  private final List<Dial> dialled = new ArrayList<>();
  private final Wiring wiring = new Wiring(
      (settings, terminal) -> {
        served.add(settings);
        return ExitCode.DONE;
      },
      (settings, asJson, terminal) -> {
        examined.add(settings);
        return ExitCode.DONE;
      },
      (dial, terminal) -> {
        dialled.add(dial);
        throw CommandException.refused("nobody is called here");
      });

  static List<DeployedCommand> servers() throws Exception {
    return DeployedCommand.all("serve");
  }

  static List<DeployedCommand> callers() throws Exception {
    return DeployedCommand.all("call");
  }

  static List<DeployedCommand> doctors() throws Exception {
    return DeployedCommand.all("doctor");
  }

  static List<DeployedCommand> assessors() throws Exception {
    return DeployedCommand.all("assess");
  }

  @ParameterizedTest
  @MethodSource("servers")
  void serverStartsWithItsFlags(DeployedCommand command) {
    assertThat(run(command)).isEmpty();

    ServeSettings settings = served.get(0);
    assertThat(settings.problems()).isEmpty();
    assertThat(settings.admin()).hasToString(":8081");
    assertThat(settings.listeners())
        .hasToString(
            command.overlay().equals("gke-alts") ? "[auto=:8443, mtls=:8444]" : "[mtls=:8443]");
    assertThat(settings.policy()).hasValueSatisfying(this::isMounted);
    assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(45));
    assertThat(settings.emulator()).isEmpty();
    assertThat(settings.identity()).hasValueSatisfying(identity -> isMounted(command, identity));
  }

  private static void isMounted(DeployedCommand command, IdentitySource identity) {
    assertThat(identity)
        .isInstanceOfSatisfying(
            IdentitySource.Files.class,
            source -> assertThat(command.mounts()).anyMatch(source.files().key()::startsWith));
  }

  private void isMounted(Path policy) {
    assertThat(policy).hasToString("/etc/countersign/policy/policy.json");
  }

  @ParameterizedTest
  @MethodSource("doctors")
  void doctorLooksAtWhatTheServerHas(DeployedCommand command) throws Exception {
    DeployedCommand server = servers().stream()
        .filter(each -> each.overlay().equals(command.overlay()))
        .findFirst()
        .orElseThrow();
    assertThat(run(command)).isEmpty();
    assertThat(run(server)).isEmpty();

    assertThat(examined.get(0).listeners()).isEqualTo(served.get(0).listeners());
    assertThat(examined.get(0).identity()).isEqualTo(served.get(0).identity());
    assertThat(examined.get(0).policy()).isEqualTo(served.get(0).policy());
    assertThat(command.mounts()).isEqualTo(server.mounts());
  }

  @ParameterizedTest
  @MethodSource("callers")
  void callerKnowsWhomToCall(DeployedCommand command) {
    assertThat(run(command)).isEqualTo("countersign: error: nobody is called here\n");

    Dial dial = dialled.get(0);
    assertThat(dial.targets())
        .hasToString(
            command.overlay().equals("gke-alts")
                ? "[auto=route-guide-pods:8443, mtls=route-guide-pods:8444]"
                : "[mtls=route-guide-pods:8443]");
    assertThat(dial.identity()).hasValueSatisfying(identity -> isMounted(command, identity));
  }

  @ParameterizedTest
  @MethodSource("assessors")
  void assessmentHasAllThatItNeeds(DeployedCommand command) {
    assertThat(command.arguments())
        .contains("--target=route-guide:8443", "--i-may-attack-this-target");
    assertThat(run(elsewhere(command)))
        .startsWith("countersign: error: target 127.0.0.1:1 does not answer");

    String key = Objects.requireNonNullElse(
        command.environment().get("COUNTERSIGN_KEY"),
        String.valueOf(command.environment().get("COUNTERSIGN_IDENTITY")));
    assertThat(command.mounts()).anyMatch(key::startsWith);
  }

  /** The same, aimed at a port of this machine where nobody listens. */
  private static DeployedCommand elsewhere(DeployedCommand command) {
    List<String> arguments = command.arguments().stream()
        .map(word -> word.startsWith("--target=") ? "--target=127.0.0.1:1" : word)
        .toList();
    return new DeployedCommand(
        command.overlay(), arguments, command.environment(), command.mounts());
  }

  @ParameterizedTest
  @ValueSource(strings = {"doctor", "assess"})
  void everyOverlayIsChecked(String check) throws Exception {
    List<String> served = servers().stream().map(DeployedCommand::overlay).toList();
    assertThat(served).hasSizeGreaterThan(3);
    assertThat(DeployedCommand.all(check))
        .extracting(DeployedCommand::overlay)
        .containsExactlyElementsOf(served);
  }

  @ParameterizedTest
  @MethodSource("servers")
  void noVariableIsMisspelt(DeployedCommand command) {
    assertThat(run(command)).isEmpty();
    Map<String, String> environment = new TreeMap<>(command.environment());
    assertThat(environment).isNotEmpty();
    List<String> known = Objects.requireNonNull(
            CommandTree.in(CommandRun.terminal(Map.of()), wiring)
                .getSubcommands()
                .get("serve"))
        .getCommandSpec()
        .options()
        .stream()
        .map(EnvironmentFlags::variable)
        .toList();
    assertThat(known).containsAll(environment.keySet());
  }

  private String run(DeployedCommand command) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal = new Terminal(
        command.environment(),
        new ByteArrayInputStream(new byte[0]),
        new PrintStream(new ByteArrayOutputStream(), false, UTF_8),
        new PrintStream(err, false, UTF_8),
        CLOCK);
    Cli.run(command.arguments(), terminal, wiring);
    return err.toString(UTF_8);
  }
}
