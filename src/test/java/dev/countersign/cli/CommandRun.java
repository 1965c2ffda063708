package dev.countersign.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** One command, run in this process, and everything it said. */
record CommandRun(int exitCode, String out, String err) {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

  static CommandRun of(String... args) {
    return with(Map.of(), "", Wiring.ofThisVersion(), args);
  }

  static CommandRun withEnvironment(Map<String, String> environment, String... args) {
    return with(environment, "", Wiring.ofThisVersion(), args);
  }

  static CommandRun withInput(String input, Wiring wiring, String... args) {
    return with(Map.of(), input, wiring, args);
  }

  /** With the clock of this machine, as a server in a process of its own has it. */
  static CommandRun today(String... args) {
    return with(Map.of(), "", Wiring.ofThisVersion(), InstantSource.system(), args);
  }

  /** With the clock of this machine and an environment. */
  static CommandRun withEnvironmentToday(Map<String, String> environment, String... args) {
    return with(environment, "", Wiring.ofThisVersion(), InstantSource.system(), args);
  }

  /** A terminal that says nothing and hears nothing. */
  static Terminal terminal(Map<String, String> environment) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return new Terminal(
        environment, InputStream.nullInputStream(), nowhere, nowhere, InstantSource.fixed(NOW));
  }

  private static CommandRun with(
      Map<String, String> environment, String input, Wiring wiring, String... args) {
    return with(environment, input, wiring, InstantSource.fixed(NOW), args);
  }

  private static CommandRun with(
      Map<String, String> environment,
      String input,
      Wiring wiring,
      InstantSource clock,
      String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal = new Terminal(
        environment,
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new PrintStream(err, false, StandardCharsets.UTF_8),
        clock);
    int exitCode = Cli.run(List.of(args), terminal, wiring);
    return new CommandRun(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
