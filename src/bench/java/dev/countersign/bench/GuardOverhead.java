package dev.countersign.bench;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/**
 * What the guard costs: a guarded server beside the same server without a guard, on the same mutual TLS, in one process
 * apart from the caller's, in short turns. Prints the median over the rounds, and the middle half, of three ratios: calls per
 * second, processor time of the server for each call, and bytes that it allocates for each call (as a difference).
 */
final class GuardOverhead {
  private static final int CONCURRENT = 64;
  private static final int ROUNDS = 41;
  private static final long WARM_UP_NANOS = 4_000_000_000L;
  private static final long TURN_NANOS = 200_000_000L;
  private static final SpiffeId SERVER = SpiffeId.parse("spiffe://example.org/server");

  private final BufferedReader answers;
  private final PrintStream questions;
  private final Map<GuardedServers.Variant, ManagedChannel> channels =
      new EnumMap<>(GuardedServers.Variant.class);

  private GuardOverhead(Process servers, Transport transport) throws IOException {
    answers = servers.inputReader(StandardCharsets.US_ASCII);
    questions = new PrintStream(servers.getOutputStream(), true, StandardCharsets.US_ASCII);
    for (GuardedServers.Variant variant : GuardedServers.Variant.values()) {
      String target = "127.0.0.1:" + answers.readLine();
      channels.put(
          variant,
          Grpc.newChannelBuilder(target, transport.channelCredentials(Set.of(SERVER)))
              .directExecutor()
              .build());
    }
  }

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("guard-overhead");
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=bench").selfSigned();
    forge.leaf().spiffe(SERVER.name()).server().issuedBy(root).writeTo(directory.resolve("server"));
    forge
        .leaf()
        .spiffe("spiffe://example.org/client")
        .client()
        .issuedBy(root)
        .writeTo(directory.resolve("client"));
    Process servers = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            GuardedServers.class.getName(),
            directory.resolve("server").toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    new GuardOverhead(
            servers,
            Transport.mutualTls(KeyMaterial.watching(directory.resolve("client"), Role.CLIENT)))
        .run();
    servers.destroy();
    System.exit(0);
  }

  private void run() throws Exception {
    for (ManagedChannel channel : channels.values()) {
      turn(channel, WARM_UP_NANOS);
    }
    for (GuardedServers.Variant variant : GuardedServers.Variant.values()) {
      if (variant != GuardedServers.Variant.BARE) {
        compare(variant);
      }
    }
  }

  private void compare(GuardedServers.Variant variant) throws Exception {
    ManagedChannel bare = channels.get(GuardedServers.Variant.BARE);
    ManagedChannel other = channels.get(variant);
    Turn[] bares = new Turn[ROUNDS];
    Turn[] others = new Turn[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 2 == 0) {
        bares[round] = turn(bare, TURN_NANOS);
        others[round] = turn(other, TURN_NANOS);
      } else {
        others[round] = turn(other, TURN_NANOS);
        bares[round] = turn(bare, TURN_NANOS);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-38s calls/s %s   server CPU a call %s   bytes a call %s%n",
        variant.label,
        quartiles("%.3f", i -> others[i].callsPerSecond() / bares[i].callsPerSecond()),
        quartiles("%.3f", i -> others[i].processorNanos() / bares[i].processorNanos()),
        quartiles("%+.0f", i -> others[i].bytes() - bares[i].bytes()));
  }

  /** The median of a figure over the rounds, and between which values its middle half lies. */
  private static String quartiles(String format, ToDoubleFunction<Integer> figure) {
    double[] sorted = new double[ROUNDS];
    Arrays.setAll(sorted, figure::applyAsDouble);
    Arrays.sort(sorted);
    return String.format(
        Locale.ROOT,
        format + " (" + format + " to " + format + ")",
        sorted[ROUNDS / 2],
        sorted[ROUNDS / 4],
        sorted[ROUNDS * 3 / 4]);
  }

  /** What one turn showed, for each call. */
  private record Turn(double callsPerSecond, double processorNanos, double bytes) {}

  private Turn turn(ManagedChannel channel, long nanos) throws Exception {
    AtomicLong answered = new AtomicLong();
    CountDownLatch ended = new CountDownLatch(CONCURRENT);
    long[] before = spent();
    long begin = System.nanoTime();
    for (int i = 0; i < CONCURRENT; i++) {
      new Caller(channel, begin + nanos, answered, ended).next();
    }
    ended.await();
    double seconds = (System.nanoTime() - begin) / 1e9;
    long[] after = spent();
    double calls = answered.get();
    return new Turn(
        calls / seconds, (after[0] - before[0]) / calls, (after[1] - before[1]) / calls);
  }

  /** Processor nanoseconds and bytes of the servers' process since its start. */
  private long[] spent() throws IOException {
    questions.println();
    return Arrays.stream(answers.readLine().split(" "))
        .mapToLong(Long::parseLong)
        .toArray();
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
      failure.printStackTrace();
      System.exit(1);
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
}
