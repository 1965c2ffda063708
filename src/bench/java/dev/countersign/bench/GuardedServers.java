package dev.countersign.bench;

import com.sun.management.ThreadMXBean;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.guard.AuditSink;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.guard.Guard;
import dev.countersign.policy.Policy;
import io.grpc.ServerBuilder;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The process that {@link GuardOverhead} calls: one server a variant, on the same mutual TLS. Prints their ports, then
 * answers each line with the bytes allocated by the process so far; ends with its input.
 */
final class GuardedServers {
  private final Transport transport;

  private GuardedServers(Transport transport) {
    this.transport = transport;
  }

  public static void main(String[] args) throws Exception {
    GuardedServers servers = new GuardedServers(
        Transport.mutualTls(KeyMaterial.watching(Path.of(args[0]), Role.SERVER)));
    for (Variant variant : Variant.values()) {
      System.out.println(servers.start(variant));
    }
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (questions.readLine() != null) {
      System.out.println(allocatedBytes());
    }
    System.exit(0);
  }

  /** What stands in front of the service. */
  enum Variant {
    BARE("nothing"),
    BARE_AGAIN("nothing (the noise of this run)"),
    TEN("guard, 10 rules"),
    TEN_THOUSAND("guard, 10,000 rules"),
    AUDITED("guard, 10 rules, every call audited");

    final String label;

    Variant(String label) {
      this.label = label;
    }
  }

  private int start(Variant variant) throws Exception {
    NettyServerBuilder bare = NettyServerBuilder.forAddress(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), transport.serverCredentials());
    ServerBuilder<?> builder = switch (variant) {
      case BARE, BARE_AGAIN -> bare;
      case TEN -> guard(10, "NONE").protect(bare);
      case TEN_THOUSAND -> guard(10_000, "NONE").protect(bare);
      case AUDITED -> guard(10, "ON_DENY_AND_ALLOW").protect(bare);
    };
    return builder
        .directExecutor()
        .addService(new Always())
        .addService(new EchoService())
        .build()
        .start()
        .getPort();
  }

  private static Guard guard(int rules, String audit) {
    return Guard.builder(policy(rules, audit)).auditSink(new Discarding()).build();
  }

  private static long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
        .filter(bytes -> bytes > 0)
        .sum();
  }

  private static Policy policy(int rules, String audit) {
    StringBuilder text = new StringBuilder("{\"name\":\"bench\",\"allow_rules\":[");
    for (int i = 1; i < rules; i++) {
      text.append("{\"name\":\"r")
          .append(i)
          .append("\",\"source\":{\"principals\":[\"spiffe://example.org/w")
          .append(i)
          .append("\"]},\"request\":{\"paths\":[\"/grpc.health.v1.Health/Check\"]}},");
    }
    text.append(
            "{\"name\":\"client\",\"source\":{\"principals\":[\"spiffe://example.org/client\"]}}],")
        .append("\"audit_logging_options\":{\"audit_condition\":\"")
        .append(audit)
        .append("\",\"audit_loggers\":[{\"name\":\"discard\"}]}}");
    return Policy.parse("bench", text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static final class Always extends HealthGrpc.HealthImplBase {
    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> responses) {
      responses.onNext(HealthCheckResponse.getDefaultInstance());
      responses.onCompleted();
    }
  }

  private static final class Discarding implements AuditSinkProvider {
    @Override
    public String name() {
      return "discard";
    }

    @Override
    public AuditSink create(String configJson) {
      return event -> {};
    }
  }
}
