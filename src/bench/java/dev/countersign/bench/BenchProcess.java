package dev.countersign.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A Java process of a benchmark, which answers questions line by line and ends with its input. */
final class BenchProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;
  private final PrintStream questions;

  private BenchProcess(Process process) {
    this.process = process;
    answers = process.inputReader(StandardCharsets.US_ASCII);
    questions = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
  }

  /** Starts a main class of this class path. */
  static BenchProcess java(Class<?> main, List<String> options, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return of(command);
  }

  /** Starts a program. */
  static BenchProcess of(List<String> command) throws IOException {
    return new BenchProcess(new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start());
  }

  /** The next line that it says. */
  String line() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IllegalStateException("a process of the benchmark has ended");
    }
    return line;
  }

  /** What it says to this. */
  String ask(String question) throws IOException {
    questions.println(question);
    return line();
  }

  long pid() {
    return process.pid();
  }

  /**
   * The processor time that the threads of a process have spent, exactly; of those that are there, which is all of them in
   * servers that are called.
   */
  static double processorSeconds(long pid) throws IOException {
    return processorSeconds(pid, name -> true);
  }

  /** The same of those threads whose name is to count. */
  static double processorSeconds(long pid, Predicate<String> counted) throws IOException {
    long nanos = 0;
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads.toList()) {
        Path file = thread.resolve("schedstat");
        if (Files.exists(file) && counted.test(Files.readString(thread.resolve("comm")))) {
          nanos += Long.parseLong(Files.readString(file).split(" ", 2)[0]);
        }
      }
    }
    return nanos / 1e9;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
