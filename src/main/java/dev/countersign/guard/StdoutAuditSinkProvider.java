package dev.countersign.guard;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code stdout_logger} of gRFC A59: one JSON object a line. Records wait in a bounded queue for one writing
 * thread; when the queue is full, because whoever reads the output is slow, further ones are dropped and counted. So are
 * all that come once the output has failed, and those of which it is not known whether they were written. All policies of
 * a process share the queue and the thread.
 */
public final class StdoutAuditSinkProvider implements AuditSinkProvider, AutoCloseable {
  static final int QUEUE_CAPACITY = 8192;
  private static final Logger LOG = LoggerFactory.getLogger(StdoutAuditSinkProvider.class);
  private static final DateTimeFormatter RFC_3339 = DateTimeFormatter.ofPattern(
          "uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'", Locale.ROOT)
      .withZone(ZoneOffset.UTC);
  private static final AuditRecord END = new AuditRecord(Instant.EPOCH, "", "", "", "", false);
  private static final long CLOSE_SECONDS = 5;
  private static final int FLUSH_AT_LEAST_EVERY = 1024;

  private final BlockingQueue<AuditRecord> queue = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
  private final LongAdder dropped = new LongAdder();
  private final JsonFactory json = new JsonFactory();
  private final OutputStream out;
  private final Thread writer;

  /**
   * A provider that writes to a stream.
   *
   * @param out where the lines go, such as {@link System#out}; it stays open
   */
  public StdoutAuditSinkProvider(PrintStream out) {
    this((OutputStream) out);
  }

  StdoutAuditSinkProvider(OutputStream out) {
    this.out = out;
    this.writer = new Thread(this::writeAll, "countersign-audit");
    writer.setDaemon(true);
    writer.start();
  }

  @Override
  public String name() {
    return "stdout_logger";
  }

  @Override
  public AuditSink create(String configJson) {
    if (!isEmptyObject(configJson)) {
      throw new IllegalArgumentException(
          "audit logger \"stdout_logger\" has a config that is not empty (expected {})");
    }
    return this::offer;
  }

  /** How many records were dropped because the queue was full or the output had failed. */
  @Override
  public long dropped() {
    return dropped.sum();
  }

  private void offer(AuditRecord event) {
    if (!queue.offer(event)) {
      dropped.increment();
    }
  }

  private void writeAll() {
    long told = 0;
    int unsure = 0;
    try {
      for (AuditRecord event = queue.take(); !event.equals(END); event = queue.take()) {
        unsure++;
        out.write(line(event).getBytes(StandardCharsets.UTF_8));
        if (queue.isEmpty() || unsure == FLUSH_AT_LEAST_EVERY) {
          flush();
          unsure = 0;
        }
        long now = dropped.sum();
        if (now > told) {
          LOG.warn("{} audit records were dropped since the start: their reader is too slow", now);
          told = now;
        }
      }
      flush();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      dropped.add(unsure);
      LOG.error(
          "audit records can no longer be written and are dropped: {}",
          e.getClass().getSimpleName());
      dropRest();
    }
  }

  /** Flushes, and asks a print stream whether it has swallowed a failure. */
  private void flush() throws IOException {
    out.flush();
    if (out instanceof PrintStream print && print.checkError()) {
      throw new IOException("the output has failed");
    }
  }

  private void dropRest() {
    try {
      while (!queue.take().equals(END)) {
        dropped.increment();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  String line(AuditRecord event) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = json.createGenerator(text)) {
      generator.writeStartObject();
      generator.writeObjectFieldStart("grpc_audit_log");
      generator.writeStringField("timestamp", RFC_3339.format(event.timestamp()));
      generator.writeStringField("rpc_method", event.rpcMethod());
      generator.writeStringField("principal", event.principal());
      generator.writeStringField("policy_name", event.policyName());
      generator.writeStringField("matched_rule", event.matchedRule());
      generator.writeBooleanField("authorized", event.authorized());
      generator.writeEndObject();
      generator.writeEndObject();
      generator.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private boolean isEmptyObject(String text) {
    try (com.fasterxml.jackson.core.JsonParser parser = json.createParser(text)) {
      return parser.nextToken() == JsonToken.START_OBJECT
          && parser.nextToken() == JsonToken.END_OBJECT;
    } catch (IOException e) {
      return false;
    }
  }

  /** Writes what is queued, waiting up to five seconds for it. */
  @Override
  public void close() {
    try {
      if (queue.offer(END, CLOSE_SECONDS, TimeUnit.SECONDS)) {
        writer.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
