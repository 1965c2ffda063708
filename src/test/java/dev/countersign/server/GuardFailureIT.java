package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.guard.AuditRecord;
import dev.countersign.guard.AuditSink;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.guard.Guard;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.netty.NettyServerBuilder;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fails on the way to a decision: the call ends, no handler hears of it, and the next call is decided as ever. */
final class GuardFailureIT {
  private static final String POLICY = """
      {"name": "text",
       "allow_rules": [{"name": "alice", "source": {"principals": ["spiffe://example.org/ns/demo/sa/alice"]}}],
       "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW", "audit_loggers": [{"name": "failing"}]}}
      """;

  private final TextService service = new TextService();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final FailingSink sink = new FailingSink();
  private volatile boolean rejects;

  @TempDir
  private Path directory;

  private Lab lab;
  private Guard guard;
  private Server server;
  private ManagedChannel alice;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    guard = Guard.builder(Lab.policy(POLICY)).auditSink(sink).build();
    Transport transport = Transport.mutualTls(lab.material(lab.identity("server"), Role.SERVER));
    server = guard
        .protect(NettyServerBuilder.forAddress(Lab.loopback(), transport.serverCredentials()))
        .executor(this::execute)
        .addService(service)
        .build()
        .start();
    alice = lab.channel(server.getPort(), lab.identity("alice"));
  }

  private void execute(Runnable task) {
    if (rejects) {
      throw new RejectedExecutionException("no thread is free");
    }
    threads.execute(task);
  }

  @AfterEach
  void stop() throws Exception {
    rejects = false;
    lab.close();
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    guard.close();
    threads.shutdownNow();
  }

  @Test
  void aRejectingExecutorEndsTheCallBeforeTheHandler() {
    assertThat(end(alice)).isEqualTo(Code.OK);
    service.headers.clear();

    rejects = true;
    assertThat(end(alice)).isIn(Code.INTERNAL, Code.UNAVAILABLE, Code.UNKNOWN, Code.CANCELLED);
    assertThat(service.headers).isEmpty();

    rejects = false;
    assertThat(end(alice)).isEqualTo(Code.OK);
    assertThat(service.headers).hasSize(1);
  }

  @Test
  void anAuditSinkThatThrowsEndsTheCallBeforeTheHandler() {
    assertThat(end(alice)).isEqualTo(Code.OK);
    service.headers.clear();

    sink.fails = true;
    assertThat(end(alice)).isIn(Code.INTERNAL, Code.UNKNOWN);
    assertThat(service.headers).isEmpty();

    sink.fails = false;
    assertThat(end(alice)).isEqualTo(Code.OK);
    assertThat(service.headers).hasSize(1);
  }

  private static Code end(ManagedChannel channel) {
    Throwable failure = catchThrowable(() -> TextService.say(channel, "text"));
    return failure == null ? Code.OK : Status.fromThrowable(failure).getCode();
  }

  private static final class FailingSink implements AuditSinkProvider {
    private volatile boolean fails;

    @Override
    public String name() {
      return "failing";
    }

    @Override
    public AuditSink create(String configJson) {
      return this::record;
    }

    private void record(AuditRecord event) {
      if (fails) {
        throw new IllegalStateException("cannot record " + event.rpcMethod());
      }
    }
  }
}
