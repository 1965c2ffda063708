package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process of this command line with what it printed in files; ends with its test. */
final class ServeProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Pattern READY = Pattern.compile(
      "\\{\"listeners\":\\[\\{\"transport\":\"mtls\",\"address\":\"(127\\.0\\.0\\.1:\\d+)\"}],"
          + "\"admin\":\"(127\\.0\\.0\\.1:\\d+)\"}\n");

  private final Process process;
  private final Path directory;

  private ServeProcess(Process process, Path directory) {
    this.process = process;
    this.directory = directory;
  }

  /** The words that run a command in a JVM of its own. */
  static List<String> java(List<String> jvmFlags, List<String> command) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
    words.addAll(jvmFlags);
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    words.addAll(command);
    return words;
  }

  /** Starts words; the directory is for what they print, and for the ready file. */
  static ServeProcess start(Path directory, List<String> words) throws IOException {
    return start(directory, directory.resolve("out"), words);
  }

  /** The same, with another place for standard output. */
  static ServeProcess start(Path directory, Path output, List<String> words) throws IOException {
    Files.createDirectories(directory);
    return new ServeProcess(
        new ProcessBuilder(words)
            .redirectOutput(output.toFile())
            .redirectError(directory.resolve("err").toFile())
            .start(),
        directory);
  }

  /** Where {@code --ready-file} must point. */
  static Path readyFile(Path directory) {
    return directory.resolve("ready.json");
  }

  /** Where it serves, as its ready file says. */
  record Ready(String target, String admin) {}

  /** What the ready file says, once it is there; it must be as documented, to the letter. */
  Ready ready() throws Exception {
    Matcher ready = ready(READY);
    return new Ready(ready.group(1), ready.group(2));
  }

  /** The same for a ready file of another form. */
  Matcher ready(Pattern form) throws Exception {
    Path file = readyFile(directory);
    await(() -> Files.exists(file) || !process.isAlive());
    assertThat(file).as(err()).exists();
    Matcher ready = form.matcher(Files.readString(file));
    assertThat(ready.matches()).as(Files.readString(file)).isTrue();
    return ready;
  }

  /** Asks politely, as SIGTERM does. */
  void terminate() {
    process.destroy();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int exitCode() throws Exception {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .as(err())
        .isTrue();
    return process.exitValue();
  }

  String out() throws IOException {
    return Files.readString(directory.resolve("out"), StandardCharsets.UTF_8);
  }

  String err() throws IOException {
    return Files.readString(directory.resolve("err"), StandardCharsets.UTF_8);
  }

  /** Waits until standard error holds a text. */
  void awaitErr(String text) throws Exception {
    Path file = directory.resolve("err");
    await(() -> file.toFile().length() > 0 && holds(file, text));
    assertThat(err()).contains(text);
  }

  /** Waits until standard output holds a text. */
  void awaitOut(String text) throws Exception {
    Path file = directory.resolve("out");
    await(() -> holds(file, text));
    assertThat(out()).contains(text);
  }

  /** Returns when the condition holds, or after a minute; the caller asserts what it waited for. */
  static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private static boolean holds(Path file, String text) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8).contains(text);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
