package dev.countersign.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers how it failed. A reader that left ({@code countersign ... | head}) is no error; a full
 * disk is, although a {@link PrintStream} would swallow it.
 */
final class StandardOutput extends OutputStream {
  private final OutputStream target;
  private volatile @Nullable IOException failure;

  StandardOutput(OutputStream target) {
    this.target = target;
  }

  PrintStream asPrintStream() {
    return new PrintStream(new BufferedOutputStream(this), false, StandardCharsets.UTF_8);
  }

  /** The exit code of a command that ended with this one, once its output is flushed. */
  int exitCode(int ofCommand, PrintStream err) {
    IOException failed = failure;
    if (failed == null || ofCommand != ExitCode.DONE.number() || isReaderGone(failed)) {
      return ofCommand;
    }
    return ErrorReport.print(
            CommandException.environment("output is incomplete: " + ErrorReport.describe(failed)),
            err)
        .number();
  }

  private static boolean isReaderGone(IOException failed) {
    return String.valueOf(failed.getMessage()).toLowerCase(Locale.ROOT).contains("broken pipe");
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (failure != null) {
      throw failure;
    }
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }
}
