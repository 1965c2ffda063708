package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class StandardOutputTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void staysQuietWhenTheReaderLeft() {
    assertThat(exitCode(new Failing("Broken pipe"))).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void saysThatOutputIsIncompleteWhenTheDiskIsFull() {
    assertThat(exitCode(OutputStream.nullOutputStream())).isZero();

    assertThat(exitCode(new Failing("No space left on device"))).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("countersign: error: output is incomplete: No space left on device\n");
  }

  private int exitCode(OutputStream target) {
    StandardOutput output = new StandardOutput(target);
    PrintStream out = output.asPrintStream();
    out.print("x".repeat(100_000));
    out.flush();
    return output.exitCode(0, new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private static final class Failing extends OutputStream {
    private final String reason;

    Failing(String reason) {
      this.reason = reason;
    }

    @Override
    public void write(int b) throws IOException {
      throw new IOException(reason);
    }
  }
}
