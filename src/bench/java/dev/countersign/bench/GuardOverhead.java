package dev.countersign.bench;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.guard.AuditSink;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.guard.Guard;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.policy.Policy;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the guard costs: unary calls per second of a guarded server over the same server without a guard, on the same
 * mutual TLS, in one process and one run, in turns. Prints a line for each variant with the median ratio over the rounds.
 */
final class GuardOverhead {
  private static final int CONCURRENT = 64;
  private static final int ROUNDS = 9;
  private static final long WARM_UP_NANOS = 5_000_000_000L;
  private static final long ROUND_NANOS = 2_000_000_000L;
  private static final SpiffeId SERVER = SpiffeId.parse("spiffe://example.org/server");

  private final List<Runnable> opened = new ArrayList<>();
  private final Transport serverSide;
  private final Transport clientSide;

  private GuardOverhead(Path directory) throws Exception {
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=bench").selfSigned();
    forge.leaf().spiffe(SERVER.name()).server().issuedBy(root).writeTo(directory.resolve("server"));
    forge
        .leaf()
        .spiffe("spiffe://example.org/client")
        .client()
        .issuedBy(root)
        .writeTo(directory.resolve("client"));
    serverSide =
        Transport.mutualTls(KeyMaterial.watching(directory.resolve("server"), Role.SERVER));
    clientSide =
        Transport.mutualTls(KeyMaterial.watching(directory.resolve("client"), Role.CLIENT));
  }

  public static void main(String[] args) throws Exception {
    new GuardOverhead(Files.createTempDirectory("guard-overhead")).run();
  }

  private void run() throws Exception {
    ManagedChannel bare = channelTo(start(builder()));
    compare("guard, 10 rules", bare, guarded(10, "NONE"));
    compare("guard, 10,000 rules", bare, guarded(10_000, "NONE"));
    compare("guard, 10 rules, every call audited", bare, guarded(10, "ON_DENY_AND_ALLOW"));
    compare("nothing (the noise of this run)", bare, channelTo(start(builder())));
    opened.forEach(Runnable::run);
    System.exit(0);
  }

  private ManagedChannel guarded(int rules, String audit) throws Exception {
    Guard guard =
        Guard.builder(policy(rules, audit)).auditSink(new Discarding()).build();
    return channelTo(start(guard.protect(builder())));
  }

  private NettyServerBuilder builder() {
    return NettyServerBuilder.forAddress(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), serverSide.serverCredentials());
  }

  private Server start(ServerBuilder<?> builder) throws Exception {
    Server server = builder.directExecutor().addService(new Always()).build().start();
    opened.add(server::shutdownNow);
    return server;
  }

  private ManagedChannel channelTo(Server server) {
    ManagedChannel channel = SecureChannel.to("127.0.0.1:" + server.getPort(), clientSide)
        .expecting(SERVER)
        .build();
    opened.add(channel::shutdownNow);
    return channel;
  }

  private static void compare(String name, ManagedChannel bare, ManagedChannel other)
      throws Exception {
    callsPerSecond(bare, WARM_UP_NANOS);
    callsPerSecond(other, WARM_UP_NANOS);
    double[] ratios = new double[ROUNDS];
    double[] rates = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      boolean bareFirst = round % 2 == 0;
      double first = callsPerSecond(bareFirst ? bare : other, ROUND_NANOS);
      double second = callsPerSecond(bareFirst ? other : bare, ROUND_NANOS);
      rates[round] = bareFirst ? second : first;
      ratios[round] = bareFirst ? second / first : first / second;
    }
    Arrays.sort(ratios);
    Arrays.sort(rates);
    System.out.printf(
        Locale.ROOT,
        "%-38s %7.0f calls/s, ratio to bare %.3f (%.3f to %.3f)%n",
        name,
        rates[ROUNDS / 2],
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1]);
  }

  private static double callsPerSecond(ManagedChannel channel, long nanos)
      throws InterruptedException {
    AtomicLong answered = new AtomicLong();
    CountDownLatch ended = new CountDownLatch(CONCURRENT);
    long begin = System.nanoTime();
    for (int i = 0; i < CONCURRENT; i++) {
      new Caller(channel, begin + nanos, answered, ended).next();
    }
    ended.await();
    return answered.get() * 1e9 / (System.nanoTime() - begin);
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

  /** One of the concurrent callers: the next call begins when the last one is answered. */
  private static final class Caller implements StreamObserver<HealthCheckResponse> {
    private final ManagedChannel channel;
    private final long until;
    private final AtomicLong answered;
    private final CountDownLatch ended;

    Caller(ManagedChannel channel, long until, AtomicLong answered, CountDownLatch ended) {
      this.channel = channel;
      this.until = until;
      this.answered = answered;
      this.ended = ended;
    }

    void next() {
      ClientCalls.asyncUnaryCall(
          channel.newCall(HealthGrpc.getCheckMethod(), CallOptions.DEFAULT),
          HealthCheckRequest.getDefaultInstance(),
          this);
    }

    @Override
    public void onNext(HealthCheckResponse value) {
      answered.incrementAndGet();
    }

    @Override
    public void onError(Throwable failure) {
      throw new IllegalStateException("a call failed, so there is nothing to measure", failure);
    }

    @Override
    public void onCompleted() {
      if (System.nanoTime() < until) {
        next();
      } else {
        ended.countDown();
      }
    }
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
