package dev.countersign.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** One run of the command line, from its arguments to its exit code; it ends no process and touches no global. */
final class Cli {
  private final Terminal terminal;
  private final Wiring wiring;

  private Cli(Terminal terminal, Wiring wiring) {
    this.terminal = terminal;
    this.wiring = wiring;
  }

  /** Runs one command and returns its exit code; never throws. */
  static int run(List<String> args, Terminal terminal, Wiring wiring) {
    ExitCode exitCode = ExitCode.BUG;
    try {
      return new Cli(terminal, wiring).execute(args);
    } catch (Throwable t) {
      exitCode = ErrorReport.print(t, terminal.err());
    } finally {
      terminal.out().flush();
      terminal.err().flush();
    }
    return exitCode.number();
  }

  private int execute(List<String> args) throws Exception {
    CommandLine root = CommandTree.in(terminal, wiring, args);
    EnvironmentFlags flags = EnvironmentFlags.in(terminal.environment(), root, args);
    root.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    root.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    Failure failure = new Failure();
    root.setParameterExceptionHandler((mistake, given) -> failure.remember(mistake));
    root.setExecutionExceptionHandler((thrown, command, result) -> failure.remember(thrown));
    int exitCode = root.execute(flags.arguments().toArray(String[]::new));
    if (failure.cause instanceof ParameterException mistake) {
      throw UsageMistake.explain(mistake, flags);
    }
    if (failure.cause != null) {
      throw failure.cause;
    }
    return exitCode;
  }

  /** Carries what a command threw past picocli, which would print it. */
  private static final class Failure {
    private @Nullable Exception cause;

    int remember(Exception thrown) {
      cause = thrown;
      return ExitCode.BUG.number();
    }
  }
}
