package dev.countersign.cli;

import dev.countersign.credentials.KeyMaterialException;
import dev.countersign.credentials.TransportUnavailableException;
import dev.countersign.demo.PlacesException;
import dev.countersign.identity.IdentityException;
import dev.countersign.pem.PemException;
import dev.countersign.pki.PkiException;
import dev.countersign.policy.PolicyException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a failure is told: {@code countersign: error: ...} for each problem, then {@code hint: ...} lines. A stack trace
 * is shown for a bug of ours only.
 */
final class ErrorReport {
  private ErrorReport() {}

  /** Prints it and returns the exit code. */
  static ExitCode print(Throwable thrown, PrintStream err) {
    if (thrown instanceof RpcFailure rpc) {
      rpc.print(err);
      return ExitCode.REFUSED;
    }
    CommandException known = explain(thrown);
    if (known == null) {
      return printBug(thrown, err);
    }
    for (String problem : known.problems()) {
      err.println("countersign: error: " + Printable.of(problem));
    }
    for (String hint : known.hints()) {
      err.println("hint: " + Printable.of(hint));
    }
    return known.exitCode();
  }

  private static ExitCode printBug(Throwable thrown, PrintStream err) {
    err.println("countersign: error: a bug of ours: " + Printable.of(thrown.toString()));
    thrown.printStackTrace(err);
    err.println("hint: please report this with the lines above and the output of \"countersign"
        + " --version\"");
    return ExitCode.BUG;
  }

  private static @Nullable CommandException explain(Throwable thrown) {
    if (thrown instanceof CommandException known) {
      return known;
    }
    if (thrown instanceof PolicyException refused) {
      return new CommandException(ExitCode.REFUSED, placed(refused), List.of());
    }
    if (thrown instanceof KeyMaterialException unusable) {
      return unusable(unusable);
    }
    if (thrown instanceof PkiException || thrown instanceof PemException) {
      return CommandException.refused(String.valueOf(thrown.getMessage()));
    }
    if (thrown instanceof PlacesException) {
      return CommandException.refused(String.valueOf(thrown.getMessage()));
    }
    if (thrown instanceof TransportUnavailableException) {
      return CommandException.environment(String.valueOf(thrown.getMessage()));
    }
    if (thrown instanceof IdentityException named) {
      return CommandException.usage(String.valueOf(named.getMessage()));
    }
    if (thrown instanceof UncheckedIOException wrapped && wrapped.getCause() != null) {
      return CommandException.environment(describe(wrapped.getCause()));
    }
    if (thrown instanceof IOException io) {
      return CommandException.environment(describe(io));
    }
    if (thrown instanceof InterruptedException) {
      return CommandException.environment("interrupted");
    }
    return null;
  }

  /** Key material that cannot be used, with all that is wrong with it. */
  static CommandException unusable(KeyMaterialException thrown) {
    return new CommandException(
        exitCode(thrown),
        thrown.problems().stream().map(KeyMaterialException.Problem::message).toList(),
        List.of());
  }

  /** Whether key material is wrong, or an agent did not give us any. */
  static ExitCode exitCode(KeyMaterialException thrown) {
    return thrown.problems().stream()
            .allMatch(problem -> problem.reason() == KeyMaterialException.Reason.AGENT)
        ? ExitCode.ENVIRONMENT
        : ExitCode.REFUSED;
  }

  /** Each problem of a policy with its place. */
  static List<String> placed(PolicyException refused) {
    return refused.problems().stream()
        .map(problem -> refused.source()
            + ":"
            + problem.line()
            + ":"
            + problem.column()
            + ": "
            + problem.message())
        .toList();
  }

  /** What happened to which file; the JDK's messages hold only a name. */
  static String describe(IOException thrown) {
    if (thrown instanceof FileSystemException file && file.getFile() != null) {
      return "file " + Printable.quoted(file.getFile()) + " " + whatHappened(file);
    }
    String message = thrown.getMessage();
    return message == null ? thrown.getClass().getSimpleName() : message;
  }

  private static String whatHappened(FileSystemException thrown) {
    if (thrown instanceof NoSuchFileException) {
      return "does not exist";
    }
    if (thrown instanceof AccessDeniedException) {
      return "is not accessible to this user";
    }
    if (thrown instanceof FileAlreadyExistsException) {
      return "exists already";
    }
    String reason = thrown.getReason();
    return "failed: " + (reason == null ? thrown.getClass().getSimpleName() : reason);
  }
}
