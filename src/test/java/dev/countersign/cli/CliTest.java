package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

final class CliTest {

  @Test
  void printsVersionToStandardOutput() {
    CommandRun run = CommandRun.of("--version");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("countersign ").contains(", Java ").doesNotContain("$");
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void showsHelpWithAnExampleThatParses(String command) {
    String[] words = command.isEmpty() ? new String[0] : command.split(" ");
    List<String> args = new ArrayList<>(List.of(words));
    args.add("--help");

    CommandRun run = CommandRun.of(args.toArray(String[]::new));

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("Usage: countersign", "Example:\n  countersign ");
    String example = run.out().replace("\\\n", " ").split("Example:\n  countersign ", 2)[1];
    CommandLine.ParseResult parsed = tree().parseArgs(ShellWords.of(example.split("\n", 2)[0]));
    assertThat(parsed.unmatched()).isEmpty();
  }

  static Stream<String> commands() {
    return names("", tree());
  }

  private static Stream<String> names(String prefix, CommandLine command) {
    return Stream.concat(
        Stream.of(prefix),
        command.getSubcommands().entrySet().stream()
            .flatMap(e -> names((prefix + " " + e.getKey()).strip(), e.getValue())));
  }

  private static CommandLine tree() {
    return CommandTree.in(CommandRun.terminal(Map.of()), Wiring.ofThisVersion());
  }

  @Test
  void makesOnlyTheCommandThatIsNamed() {
    Set<String> all = tree().getSubcommands().keySet();
    for (String name : all) {
      assertThat(treeFor(name, "--help").getSubcommands().keySet())
          .isEqualTo(name.equals("completion") ? all : Set.of(name));
    }
    assertThat(treeFor("--help").getSubcommands().keySet()).isEqualTo(all);
    assertThat(treeFor().getSubcommands().keySet()).isEqualTo(all);
  }

  private static CommandLine treeFor(String... words) {
    return CommandTree.in(CommandRun.terminal(Map.of()), Wiring.ofThisVersion(), List.of(words));
  }

  @Test
  void namesNearestCommandWhenItIsUnknown() {
    CommandRun run = CommandRun.of("polcy", "check");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).isEqualTo("""
            countersign: error: countersign has no command "polcy"
            hint: did you mean "policy"?
            hint: see "countersign --help"
            """);
  }

  @Test
  void namesNearestFlagWhenItIsUnknown() {
    CommandRun run = CommandRun.of("completion", "--hepl");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains(
            "error: countersign completion has no flag \"--hepl\"\nhint: did you mean \"--help\"?");
  }

  @Test
  void escapesWhatWasTypedWhenItIsPrinted() {
    CommandRun run = CommandRun.of("a\r\nb\u001b[31m");

    assertThat(run.err().lines().findFirst())
        .hasValue("countersign: error: countersign has no command \"a\\u000d\\u000ab\\u001b[31m\"");
  }

  @Test
  void asksForACommandWhenOnlyAGroupIsGiven() {
    CommandRun run = CommandRun.of("policy");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("countersign policy needs a command (known: ");
  }

  @Test
  void writesACompletionScriptThatKnowsTheCommands() {
    CommandRun run = CommandRun.of("completion");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("#!").contains("complete -F", "completion", "policy");
  }
}
