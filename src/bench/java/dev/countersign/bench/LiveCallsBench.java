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
import dev.countersign.policy.Policy;
import dev.countersign.server.Limits;
import dev.countersign.server.SecureServer;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
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
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long it takes until every stream of a revoked half has ended, from the moment the list was loaded, while the other
 * half stays and somebody else's unary calls go on. Arguments: connections, streams a connection; 1000 and 10 unless
 * given. Every connection has an identity of its own, so that nothing is remembered between them.
 */
public final class LiveCallsBench {
  private static final String PREFIX = "spiffe://example.org/bench/";
  private static final long TIMEOUT_SECONDS = 60;

  private final Path directory;
  private final InstantSource clock = InstantSource.system();
  private final CertificateForge forge = CertificateForge.at(clock);
  private final ForgedCertificate root = forge.root("CN=Bench root").selfSigned();
  private final ForgedCertificate issuing =
      forge.intermediate("CN=Bench issuing").issuedBy(root);

  private LiveCallsBench(Path directory) {
    this.directory = directory;
  }

  /** Runs it once. */
  public static void main(String[] args) throws Exception {
    int connections = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
    int streams = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    new LiveCallsBench(Files.createTempDirectory("live-calls")).run(connections, streams);
    System.exit(0);
  }

  private ForgedCertificate identity(String name) throws Exception {
    ForgedCertificate leaf =
        forge.leaf().spiffe(PREFIX + name).clientAndServer().issuedBy(issuing);
    leaf.writeTo(directory.resolve(name));
    return leaf;
  }

  private ManagedChannel channel(SecureServer server, String name) throws Exception {
    KeyMaterial material = KeyMaterial.watching(
        IdentityFiles.in(directory.resolve(name)), Role.CLIENT, Duration.ofHours(1), clock);
    return SecureChannel.to(
            "127.0.0.1:" + server.addresses().get(0).address().getPort(),
            Transport.mutualTls(material))
        .expecting(SpiffeId.parse(PREFIX + "server"))
        .build();
  }

  private void lists(X509Certificate... revoked) throws Exception {
    String text = ForgedCrl.of(root, clock.instant().minusSeconds(60))
        + ForgedCrl.of(issuing, clock.instant().minusSeconds(60), revoked);
    AtomicFile.write(
        directory.resolve("server/crl.pem"),
        text.getBytes(StandardCharsets.US_ASCII),
        AtomicFile.Rights.PUBLIC);
  }

  private void run(int connections, int streams) throws Exception {
    identity("server");
    identity("other");
    lists();
    KeyMaterial material = KeyMaterial.watching(directory.resolve("server"), Role.SERVER);
    Policy policy = Policy.parse("bench", """
        {"name": "bench", "allow_rules": [{"name": "all", "source": {"principals": ["%s*"]}}]}
        """.formatted(PREFIX).getBytes(StandardCharsets.UTF_8));
    SecureServer server = SecureServer.builder()
        .listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Transport.mutualTls(material))
        .guardedBy(policy)
        .limits(Limits.DEFAULT)
        .start();
    List<X509Certificate> revoked = new ArrayList<>();
    CountDownLatch ended = new CountDownLatch(connections / 2 * streams);
    AtomicLong wrong = new AtomicLong();
    for (int i = 0; i < connections; i++) {
      String name = "client-" + i;
      boolean toBeRevoked = i % 2 == 0;
      ForgedCertificate leaf = identity(name);
      ManagedChannel channel = channel(server, name);
      CountDownLatch open = new CountDownLatch(streams);
      for (int j = 0; j < streams; j++) {
        watchHealth(channel, open, status -> {
          if (toBeRevoked && status.getCode() == Status.Code.UNAUTHENTICATED) {
            ended.countDown();
          } else {
            wrong.incrementAndGet();
          }
        });
      }
      require(open.await(TIMEOUT_SECONDS, TimeUnit.SECONDS), "streams did not open");
      if (toBeRevoked) {
        revoked.add(leaf.certificate());
      }
    }
    System.out.printf("%d connections with %d streams each are open%n", connections, streams);
    measure(server, material, revoked, ended);
    System.out.printf("streams that ended otherwise: %d%n", wrong.get());
  }

  private void measure(
      SecureServer server,
      KeyMaterial material,
      List<X509Certificate> revoked,
      CountDownLatch ended)
      throws Exception {
    ManagedChannel other = channel(server, "other");
    HealthGrpc.HealthBlockingStub stub = HealthGrpc.newBlockingStub(other);
    long[] quiet = latencies(stub, () -> false);
    AtomicLong loaded = new AtomicLong();
    material.onReload(reload -> loaded.set(System.nanoTime()));
    lists(revoked.toArray(new X509Certificate[0]));
    AtomicLong last = new AtomicLong();
    Thread waiting = new Thread(() -> {
      try {
        require(ended.await(TIMEOUT_SECONDS, TimeUnit.SECONDS), "streams did not end");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      last.set(System.nanoTime());
    });
    waiting.start();
    long[] busy = latencies(stub, waiting::isAlive);
    waiting.join();
    System.out.printf(
        "last of the revoked streams ended %d ms after the list was loaded%n",
        TimeUnit.NANOSECONDS.toMillis(last.get() - loaded.get()));
    print("other traffic before", quiet);
    print("other traffic meanwhile", busy);
  }

  private interface Busy {
    boolean isBusy();
  }

  private static long[] latencies(HealthGrpc.HealthBlockingStub stub, Busy busy) {
    List<Long> nanos = new ArrayList<>();
    while (nanos.size() < 1000 || busy.isBusy()) {
      long begin = System.nanoTime();
      HealthCheckResponse unused = stub.check(HealthCheckRequest.getDefaultInstance());
      nanos.add(System.nanoTime() - begin);
    }
    return nanos.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private static void print(String what, long[] sorted) {
    System.out.printf(
        "%s: %d calls, median %d us, p99 %d us, longest %d us%n",
        what,
        sorted.length,
        sorted[sorted.length / 2] / 1000,
        sorted[sorted.length * 99 / 100] / 1000,
        Arrays.stream(sorted).max().orElse(0) / 1000);
  }

  private interface End {
    void hear(Status status);
  }

  private static void watchHealth(ManagedChannel channel, CountDownLatch open, End end) {
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
            end.hear(status);
          }
        },
        new Metadata());
    call.request(Integer.MAX_VALUE);
    call.sendMessage(HealthCheckRequest.getDefaultInstance());
    call.halfClose();
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
