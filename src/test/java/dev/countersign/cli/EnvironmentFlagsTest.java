package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

final class EnvironmentFlagsTest {

  @Command(name = "tool")
  static final class Tool {
    @Option(names = "--max-connections")
    int maxConnections;

    @Option(names = {"-t", "--target"})
    List<String> targets = List.of();

    @Option(names = "--due")
    boolean due;
  }

  @Test
  void readsAFlagFromItsVariable() {
    assertThat(arguments(Map.of("COUNTERSIGN_MAX_CONNECTIONS", "7"), "x"))
        .containsExactly("tool", "--max-connections=7", "x");
  }

  @Test
  void prefersWhatWasTyped() {
    Map<String, String> environment =
        Map.of("COUNTERSIGN_MAX_CONNECTIONS", "7", "COUNTERSIGN_TARGET", "a,b");

    assertThat(arguments(environment, "--max-connections", "8", "-t", "c"))
        .containsExactly("tool", "--max-connections", "8", "-t", "c");
    assertThat(arguments(environment, "--max-connections=8", "--target=c"))
        .containsExactly("tool", "--max-connections=8", "--target=c");
  }

  @Test
  void readsARepeatedFlagAsACommaSeparatedList() {
    assertThat(arguments(Map.of("COUNTERSIGN_TARGET", "a, b,,c=d")))
        .containsExactly("tool", "--target=a", "--target=b", "--target=c=d");
  }

  @Test
  void keepsJsonTogether() {
    assertThat(EnvironmentFlags.split("{\"a\":[1,2],\"b\":\"},\\\",\"},{\"c\":3}"))
        .containsExactly("{\"a\":[1,2],\"b\":\"},\\\",\"}", "{\"c\":3}");
  }

  @Test
  void readsASwitch() {
    assertThat(arguments(Map.of("COUNTERSIGN_DUE", "true"))).containsExactly("tool", "--due");
    assertThat(arguments(Map.of("COUNTERSIGN_DUE", "false"))).containsExactly("tool");
  }

  @Test
  void ignoresAnEmptyVariableAndOneOfNoFlag() {
    assertThat(arguments(
            Map.of("COUNTERSIGN_MAX_CONNECTIONS", "", "COUNTERSIGN_SERVICE_HOST", "10.0.0.1")))
        .containsExactly("tool");
  }

  @Test
  void saysThatAWrongValueComesFromTheEnvironment() {
    CommandRun run = CommandRun.withEnvironment(Map.of("COUNTERSIGN_FORMAT", "xml"), "doctor");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).isEqualTo("""
            countersign: error: --format has an unknown value: "xml" (text or json)
            hint: --format comes from COUNTERSIGN_FORMAT here
            hint: see "countersign doctor --help"
            """);
  }

  private static List<String> arguments(Map<String, String> environment, String... typed) {
    CommandLine root = new CommandLine(new Root()).addSubcommand(new Tool());
    List<String> args = new ArrayList<>(List.of("tool"));
    args.addAll(List.of(typed));
    return EnvironmentFlags.in(environment, root, args).arguments();
  }

  @Command(name = "root")
  static final class Root {}
}
