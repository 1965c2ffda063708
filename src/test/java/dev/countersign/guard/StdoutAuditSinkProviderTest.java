package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class StdoutAuditSinkProviderTest {
  private static final AuditRecord ALLOWED = new AuditRecord(
      Instant.parse("2026-11-22T08:00:00.000000007Z"),
      "/lab.Text/Say",
      "spiffe://example.org/alice",
      "text",
      "text_alice",
      true);

  @Test
  void writesOneLineOfJsonForEachRecordAsA59Says() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StdoutAuditSinkProvider provider = new StdoutAuditSinkProvider(out);
    AuditSink sink = provider.create("{}");
    sink.record(ALLOWED);
    sink.record(new AuditRecord(
        Instant.parse("2026-11-22T08:00:01Z"), "/a/b\n\"\u202e", "", "text", "", false));
    provider.close();

    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "{\"grpc_audit_log\":{\"timestamp\":\"2026-11-22T08:00:00.000000007Z\","
                + "\"rpc_method\":\"/lab.Text/Say\",\"principal\":\"spiffe://example.org/alice\","
                + "\"policy_name\":\"text\",\"matched_rule\":\"text_alice\",\"authorized\":true}}",
            "{\"grpc_audit_log\":{\"timestamp\":\"2026-11-22T08:00:01.000000000Z\","
                + "\"rpc_method\":\"/a/b\\n\\\"\u202e\",\"principal\":\"\","
                + "\"policy_name\":\"text\",\"matched_rule\":\"\",\"authorized\":false}}");
    assertThat(provider.dropped()).isZero();
  }

  @Test
  void dropsAndCountsInsteadOfBlockingWhenTheReaderIsSlow() throws Exception {
    SlowReader reader = new SlowReader();
    StdoutAuditSinkProvider provider = new StdoutAuditSinkProvider(reader);
    AuditSink sink = provider.create("{}");
    sink.record(ALLOWED);
    reader.entered.await();
    long before = System.nanoTime();
    for (int i = 0; i < StdoutAuditSinkProvider.QUEUE_CAPACITY + 10; i++) {
      sink.record(ALLOWED);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    assertThat(provider.dropped()).isEqualTo(10);

    reader.released.countDown();
    provider.close();
    assertThat(reader.written.toString(StandardCharsets.UTF_8).lines())
        .hasSize(1 + StdoutAuditSinkProvider.QUEUE_CAPACITY);
  }

  @Test
  void dropsAndCountsWhenTheReaderIsGone() {
    StdoutAuditSinkProvider provider = new StdoutAuditSinkProvider(new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("broken pipe");
      }
    });
    AuditSink sink = provider.create("{}");
    sink.record(ALLOWED);
    sink.record(ALLOWED);
    provider.close();

    assertThat(provider.dropped()).isEqualTo(2);
  }

  /** A print stream swallows what goes wrong below it, and says so only when it is asked. */
  @Test
  void dropsAndCountsWhenAPrintStreamHasFailed() throws Exception {
    FullDisk disk = new FullDisk();
    StdoutAuditSinkProvider provider =
        new StdoutAuditSinkProvider(new PrintStream(disk, false, StandardCharsets.UTF_8));
    AuditSink sink = provider.create("{}");
    sink.record(ALLOWED);
    disk.flushed.await();
    assertThat(provider.dropped()).isZero();

    disk.full = true;
    sink.record(ALLOWED);
    sink.record(ALLOWED);
    provider.close();

    assertThat(disk.written.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
    assertThat(provider.dropped()).isEqualTo(2);
  }

  /** Keeps what it was given until it is full. */
  private static final class FullDisk extends OutputStream {
    final CountDownLatch flushed = new CountDownLatch(1);
    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    volatile boolean full;

    @Override
    public void write(int b) throws IOException {
      throw new AssertionError("lines are written as a whole");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (full) {
        throw new IOException("no space left on device");
      }
      written.write(bytes, offset, length);
    }

    @Override
    public void flush() {
      flushed.countDown();
    }
  }

  @Test
  void mayBeClosedTwice() {
    StdoutAuditSinkProvider provider = new StdoutAuditSinkProvider(OutputStream.nullOutputStream());
    provider.create("{}").record(ALLOWED);
    provider.close();
    provider.close();

    assertThat(provider.dropped()).isZero();
  }

  @Test
  void refusesAConfiguration() {
    StdoutAuditSinkProvider provider = new StdoutAuditSinkProvider(OutputStream.nullOutputStream());
    assertThat(provider.create(" {} ")).isNotNull();

    assertThatThrownBy(() -> provider.create("{\"path\": \"/tmp\"}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stdout_logger");
    provider.close();
  }

  /** Takes nothing until it is released. */
  private static final class SlowReader extends OutputStream {
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);
    final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void write(int b) {
      throw new AssertionError("lines are written as a whole");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      entered.countDown();
      com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly(released);
      written.write(bytes, offset, length);
    }
  }
}
