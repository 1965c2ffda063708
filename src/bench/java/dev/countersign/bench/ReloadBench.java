package dev.countersign.bench;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.files.AtomicFile;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import dev.countersign.server.PolicyFile;
import dev.countersign.server.SecureServer;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * A server whose certificate, revocation lists and policy are all replaced every 100 ms while unary calls go on, streams
 * stay open and new connections are made. Counts what fails: nothing should. The same files are made and the same
 * connections opened while nothing is replaced, in turns, so that what remains between the latencies is the reload.
 * Argument: seconds of reloading; 30 unless given.
 */
public final class ReloadBench {
  private static final String PREFIX = "spiffe://example.org/bench/";
  private static final Duration LOOK_EVERY = Duration.ofMillis(25);
  private static final long WRITE_EVERY_MILLIS = 100;
  private static final int CALLERS = 4;
  private static final int STREAMS = 90;
  private static final int TURNS = 3;

  private final Path directory;
  private final InstantSource clock = InstantSource.system();
  private final CertificateForge forge = CertificateForge.at(clock);
  private final ForgedCertificate root = forge.root("CN=Bench root").selfSigned();
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong failedCalls = new AtomicLong();
  private final AtomicLong endedStreams = new AtomicLong();
  private final AtomicLong droppedConnections = new AtomicLong();
  private final AtomicLong reloads = new AtomicLong();
  private final AtomicLong refusedReloads = new AtomicLong();
  private long written;
  private long connections;
  private final Histogram calm = Load.histogram();
  private final Histogram reloading = Load.histogram();
  private volatile Phase phase = Phase.WARM_UP;

  /** What the writer does. */
  private enum Phase {
    WARM_UP("elsewhere"),
    CALM("elsewhere"),
    RELOADING("server"),
    DONE("elsewhere");

    private final String identity;

    Phase(String identity) {
      this.identity = identity;
    }
  }

  private ReloadBench(Path directory) {
    this.directory = directory;
  }

  /** Runs it once; exits 1 if anything failed. */
  public static void main(String[] args) throws Exception {
    long seconds = args.length > 0 ? Long.parseLong(args[0]) : Effort.of(30, 3);
    ReloadBench bench = new ReloadBench(Files.createTempDirectory("reload"));
    bench.run(seconds);
    System.exit(bench.failed() ? 1 : 0);
  }

  private boolean failed() {
    return failedCalls.get() + endedStreams.get() + droppedConnections.get() > 0;
  }

  private void run(long seconds) throws Exception {
    for (String identity : List.of("server", "elsewhere")) {
      leaf(identity, "server");
      lists(identity);
      policy(identity, 0);
    }
    leaf("client", "client");
    PolicyFile policy = PolicyFile.watching(directory.resolve("server/policy.json"), LOOK_EVERY);
    KeyMaterial material = KeyMaterial.watching(
        IdentityFiles.in(directory.resolve("server")), Role.SERVER, LOOK_EVERY, clock);
    SecureServer server = SecureServer.builder()
        .listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Transport.mutualTls(material))
        .guardedBy(policy)
        .onReload(reload -> (reload.accepted() ? reloads : refusedReloads).incrementAndGet())
        .start();
    Transport client =
        Transport.mutualTls(KeyMaterial.watching(directory.resolve("client"), Role.CLIENT));
    ManagedChannel channel = channel(server, client);
    openStreams(channel);
    watch(channel);
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Thread caller = new Thread(() -> callUntilDone(channel));
      callers.add(caller);
      caller.start();
    }
    turn(Phase.WARM_UP, Effort.of(5, 1), server, client);
    for (int i = 0; i < TURNS; i++) {
      turn(Phase.CALM, seconds / TURNS, server, client);
      turn(Phase.RELOADING, seconds / TURNS, server, client);
    }
    phase = Phase.DONE;
    for (Thread caller : callers) {
      caller.join();
    }
    System.out.printf(
        "%d s: %d times a new certificate, lists and policy; %d reloads taken up, %d refused%n",
        seconds, written, reloads.get(), refusedReloads.get());
    System.out.printf("%d new connections%n", connections);
    none("calls that failed, of " + calls.get(), failedCalls.get());
    none("streams that ended, of " + STREAMS, endedStreams.get());
    none("times that the old connection was dropped", droppedConnections.get());
    double slow = reloading.getValueAtPercentile(99);
    Figure.of("reload", "99th percentile of calls, ten reloads a second")
        .measured(slow / 1e3, "us")
        .beside("without reloads", slow / calm.getValueAtPercentile(99))
        .ratioAtMost(2)
        .record();
  }

  private static void none(String what, long count) {
    Figure.of("reload", what).measured((double) count, "").atMost(0).record();
  }

  /** Writes and connects ten times a second; the server watches what is written only in one of the phases. */
  private void turn(Phase next, long seconds, SecureServer server, Transport client)
      throws Exception {
    phase = next;
    long due = System.nanoTime();
    long end = due + TimeUnit.SECONDS.toNanos(seconds);
    // By the clock and not by the number: a round may take longer than its time on a busy machine.
    while (System.nanoTime() < end) {
      leaf(next.identity, "server");
      lists(next.identity);
      policy(next.identity, connections);
      written += next == Phase.RELOADING ? 1 : 0;
      ManagedChannel fresh = channel(server, client);
      callOnce(fresh);
      fresh.shutdownNow();
      connections++;
      due += TimeUnit.MILLISECONDS.toNanos(WRITE_EVERY_MILLIS);
      Thread.sleep(Math.max(0, TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime())));
    }
  }

  private void callUntilDone(ManagedChannel channel) {
    for (Phase now = phase; now != Phase.DONE; now = phase) {
      long begin = System.nanoTime();
      callOnce(channel);
      long nanos = System.nanoTime() - begin;
      if (now == Phase.CALM) {
        Load.add(calm, nanos);
      } else if (now == Phase.RELOADING) {
        Load.add(reloading, nanos);
      }
    }
  }

  private void callOnce(ManagedChannel channel) {
    calls.incrementAndGet();
    try {
      HealthCheckResponse unused = HealthGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .check(HealthCheckRequest.getDefaultInstance());
    } catch (io.grpc.StatusRuntimeException e) {
      failedCalls.incrementAndGet();
      System.out.println(e.getStatus());
    }
  }

  private void watch(ManagedChannel channel) {
    channel.notifyWhenStateChanged(ConnectivityState.READY, () -> {
      if (phase != Phase.DONE) {
        droppedConnections.incrementAndGet();
        watch(channel);
      }
    });
  }

  private void openStreams(ManagedChannel channel) throws InterruptedException {
    CountDownLatch open = new CountDownLatch(STREAMS);
    for (int i = 0; i < STREAMS; i++) {
      ClientCall<HealthCheckRequest, HealthCheckResponse> call =
          channel.newCall(HealthGrpc.getWatchMethod(), CallOptions.DEFAULT);
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(HealthCheckResponse message) {
              open.countDown();
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
              endedStreams.incrementAndGet();
            }
          },
          new Metadata());
      call.request(Integer.MAX_VALUE);
      call.sendMessage(HealthCheckRequest.getDefaultInstance());
      call.halfClose();
    }
    if (!open.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("streams did not open");
    }
  }

  private ManagedChannel channel(SecureServer server, Transport client) {
    return SecureChannel.to("127.0.0.1:" + server.addresses().get(0).address().getPort(), client)
        .expecting(SpiffeId.parse(PREFIX + "server"))
        .build();
  }

  private void leaf(String identity, String name) throws Exception {
    forge
        .leaf()
        .spiffe(PREFIX + name)
        .clientAndServer()
        .issuedBy(root)
        .writeTo(directory.resolve(identity));
  }

  private void lists(String identity) throws Exception {
    write(identity + "/crl.pem", ForgedCrl.of(root, clock.instant().minusSeconds(60)));
  }

  private void policy(String identity, long number) throws Exception {
    write(identity + "/policy.json", """
        {"name": "bench-%d", "allow_rules": [{"name": "all", "source": {"principals": ["%s*"]}}]}
        """.formatted(number, PREFIX));
  }

  private void write(String file, String text) throws Exception {
    AtomicFile.write(
        directory.resolve(file),
        text.getBytes(StandardCharsets.US_ASCII),
        AtomicFile.Rights.PUBLIC);
  }
}
