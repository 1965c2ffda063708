package dev.countersign.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What a document tells a reader to type is at least something that a shell and our command line can read. */
final class DocumentCommandsTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\\n(.*?)^```$");
  private static final Pattern OURS = Pattern.compile("(?m)^scripts/countersign (.*)$");
  private static final Pattern INLINE = Pattern.compile("`scripts/countersign ([^`]* -[^`]*)`");
  private static final Pattern SCRIPT = Pattern.compile("(?m)(?:^|&& )(scripts/[\\w./-]+)");

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "k8s/README.md"})
  void shellReadsEveryBlock(String document) throws Exception {
    List<String> blocks = blocks(document);
    assertThat(blocks).isNotEmpty();

    assertThat(blocks).allSatisfy(block -> assertThat(shellSays(block)).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "k8s/README.md"})
  void everyScriptIsThere(String document) throws Exception {
    List<String> scripts = blocks(document).stream()
        .flatMap(block -> SCRIPT.matcher(block).results().map(match -> match.group(1)))
        .toList();
    assertThat(scripts).isNotEmpty();

    assertThat(scripts).allSatisfy(script -> assertThat(Path.of(script)).isExecutable());
  }

  @ParameterizedTest
  @ValueSource(strings = "README.md")
  void ourCommandLineReadsEveryCommand(String document) throws Exception {
    List<String> commands = blocks(document).stream()
        .flatMap(block -> OURS.matcher(block.replace("\\\n", " ")).results())
        .map(match -> match.group(1))
        .toList();
    assertThat(commands).isNotEmpty();

    assertThat(commands).allSatisfy(command -> assertThat(parse(command)).isNotNull());
  }

  @ParameterizedTest
  @ValueSource(strings = "k8s/README.md")
  void ourCommandLineReadsWhatStandsInASentence(String document) throws Exception {
    List<String> commands = INLINE
        .matcher(Files.readString(Path.of(document)))
        .results()
        .map(match -> match.group(1))
        .toList();
    assertThat(commands).isNotEmpty();

    assertThat(commands).allSatisfy(command -> assertThat(parse(command)).isNotNull());
  }

  @ParameterizedTest
  @ValueSource(strings = {"call --evry 5s a.B/C", "nothing", "serve --drain soon"})
  void aCommandThatDoesNotParseIsFound(String command) {
    assertThat(parse("call --every 5s a.B/C")).isNotNull();

    assertThatThrownBy(() -> parse(command)).isInstanceOf(ParameterException.class);
  }

  private static List<String> blocks(String document) throws Exception {
    return BLOCK
        .matcher(Files.readString(Path.of(document)))
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  private static String shellSays(String block) throws Exception {
    Process shell = new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
    shell.getOutputStream().write(block.getBytes(UTF_8));
    shell.getOutputStream().close();
    String said = new String(shell.getInputStream().readAllBytes(), UTF_8);
    assertThat(shell.waitFor()).as(said).isZero();
    return said;
  }

  private static CommandLine.ParseResult parse(String command) {
    CommandLine root = CommandTree.in(CommandRun.terminal(Map.of()), Wiring.ofThisVersion());
    String[] words = Arrays.stream(ShellWords.of(command))
        .takeWhile(word -> !word.startsWith("<") && !word.equals("|") && !word.startsWith(">"))
        .toArray(String[]::new);
    return root.parseArgs(words);
  }
}
