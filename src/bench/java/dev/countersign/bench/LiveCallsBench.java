package dev.countersign.bench;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.files.AtomicFile;
import dev.countersign.guard.AuditSink;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.guard.Guard;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pem.Pem;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import dev.countersign.policy.Policy;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long it takes until every stream of one half of the connections has ended, from the moment the change was loaded,
 * while the other half stays and somebody else's unary calls go on. What the server does and what clients learn is told
 * apart: when the guard decided the first and the last of them, when the last trailers were written to their sockets, and
 * when the last client heard. Arguments: what changes ({@code policy}, {@code revocation} or {@code anchor}),
 * connections, streams a connection; 1000 and 10 unless given. Every connection has an identity of its own, so that
 * nothing is remembered between them. Clients run in the same process and share the machine.
 */
public final class LiveCallsBench {
  private static final String PREFIX = "spiffe://example.org/bench/";
  private static final long TIMEOUT_SECONDS = 60;

  private final Change change;
  private final Path directory;
  private final InstantSource clock = InstantSource.system();
  private final CertificateForge forge = CertificateForge.at(clock);
  private final ForgedCertificate root = forge.root("CN=Bench root").selfSigned();
  private final ForgedCertificate issuing =
      forge.intermediate("CN=Bench issuing").issuedBy(root);
  private final ForgedCertificate otherRoot = forge.root("CN=Bench other root").selfSigned();
  private final ForgedCertificate otherIssuing =
      forge.intermediate("CN=Bench other issuing").issuedBy(otherRoot);
  // grpc-java complains about channels that nobody holds.
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<X509Certificate> leavesThatGo = new ArrayList<>();
  private final AtomicLong loaded = new AtomicLong();
  private final Map<Status.Code, Integer> otherwise = new ConcurrentHashMap<>();
  private final Moments decided = new Moments();
  private final Moments written = new Moments();
  private final Moments heard = new Moments();

  /** What makes half of the streams end. */
  private enum Change {
    POLICY(Status.Code.PERMISSION_DENIED),
    REVOCATION(Status.Code.UNAUTHENTICATED),
    ANCHOR(Status.Code.UNAUTHENTICATED);

    private final Status.Code end;

    Change(Status.Code end) {
      this.end = end;
    }
  }

  private LiveCallsBench(Change change, Path directory) {
    this.change = change;
    this.directory = directory;
  }

  /** Runs it once. */
  public static void main(String[] args) throws Exception {
    Change change = Change.valueOf(args.length > 0 ? args[0].toUpperCase(Locale.ROOT) : "POLICY");
    int connections = args.length > 1 ? Integer.parseInt(args[1]) : Effort.of(1000, 40);
    int streams = args.length > 2 ? Integer.parseInt(args[2]) : 10;
    new LiveCallsBench(change, Files.createTempDirectory("live-calls")).run(connections, streams);
    System.exit(0);
  }

  private ForgedCertificate identity(String name, ForgedCertificate issuer) throws Exception {
    ForgedCertificate leaf =
        forge.leaf().spiffe(PREFIX + name).clientAndServer().issuedBy(issuer);
    leaf.writeTo(directory.resolve(name));
    anchors(name, root, otherRoot);
    return leaf;
  }

  private void anchors(String name, ForgedCertificate... roots) throws Exception {
    StringBuilder text = new StringBuilder();
    for (ForgedCertificate each : roots) {
      text.append(Pem.write("CERTIFICATE", each.certificate().getEncoded()));
    }
    write(name + "/ca.crt", text.toString());
  }

  private void lists(X509Certificate... revoked) throws Exception {
    Instant from = clock.instant().minusSeconds(60);
    write(
        "server/crl.pem",
        ForgedCrl.of(root, from)
            + ForgedCrl.of(issuing, from)
            + ForgedCrl.of(otherRoot, from)
            + ForgedCrl.of(otherIssuing, from, revoked));
  }

  private void write(String file, String text) throws Exception {
    AtomicFile.write(
        directory.resolve(file),
        text.getBytes(StandardCharsets.US_ASCII),
        AtomicFile.Rights.PUBLIC);
  }

  private ManagedChannel channel(Server server, String name) throws Exception {
    KeyMaterial material = KeyMaterial.watching(
        IdentityFiles.in(directory.resolve(name)), Role.CLIENT, Duration.ofHours(1), clock);
    ManagedChannel channel = SecureChannel.to(
            "127.0.0.1:" + server.getPort(), Transport.mutualTls(material))
        .expecting(SpiffeId.parse(PREFIX + "server"))
        .build();
    channels.add(channel);
    return channel;
  }

  /** The first and the last time that something happened, and how often it did. */
  private static final class Moments {
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong first = new AtomicLong();
    private final AtomicLong last = new AtomicLong();

    void now() {
      long now = System.nanoTime();
      first.compareAndSet(0, now);
      last.accumulateAndGet(now, Math::max);
      count.incrementAndGet();
    }

    long firstAfter(long nanos) {
      return TimeUnit.NANOSECONDS.toMillis(first.get() - nanos);
    }

    long lastAfter(long nanos) {
      return TimeUnit.NANOSECONDS.toMillis(last.get() - nanos);
    }
  }

  private void run(int connections, int streams) throws Exception {
    identity("server", issuing);
    identity("stays-unary", issuing);
    lists();
    KeyMaterial material = KeyMaterial.watching(directory.resolve("server"), Role.SERVER);
    material.onTrustChange(() -> loaded.set(System.nanoTime()));
    HealthStatusManager health = new HealthStatusManager();
    Guard guard = Guard.builder(allowing("")).auditSink(new Decided()).build();
    Server server = guard
        .protect(NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Transport.mutualTls(material).serverCredentials()))
        .addStreamTracerFactory(new Written())
        .addService(health.getHealthService())
        .build()
        .start();
    CountDownLatch ended = new CountDownLatch(connections / 2 * streams);
    for (int i = 0; i < connections; i++) {
      connect(server, i % 2 == 0, i, streams, ended);
    }
    System.out.printf(
        "%s: %d connections with %d streams each are open%n", name(), connections, streams);
    measure(server, guard, ended);
    System.out.printf(
        "streams: %d decided, %d written, %d heard; ended otherwise: %s%n",
        decided.count.get(), written.count.get(), heard.count.get(), otherwise);
    Figure.of("live", name() + ": streams that ended otherwise")
        .measured(otherwise.values().stream().mapToInt(Integer::intValue).sum(), "streams")
        .atMost(0)
        .record();
  }

  private void connect(Server server, boolean goes, int number, int streams, CountDownLatch ended)
      throws Exception {
    String name = (goes ? "goes-" : "stays-") + number;
    ForgedCertificate leaf = identity(name, goes ? otherIssuing : issuing);
    if (goes) {
      leavesThatGo.add(leaf.certificate());
    }
    ManagedChannel channel = channel(server, name);
    CountDownLatch open = new CountDownLatch(streams);
    for (int j = 0; j < streams; j++) {
      watchHealth(channel, open, status -> {
        if (goes && status.getCode() == change.end) {
          heard.now();
          ended.countDown();
        } else {
          otherwise.merge(status.getCode(), 1, Integer::sum);
        }
      });
    }
    require(open.await(TIMEOUT_SECONDS, TimeUnit.SECONDS), "streams did not open");
  }

  private void change(Guard guard) throws Exception {
    switch (change) {
      case POLICY -> {
        loaded.set(System.nanoTime());
        guard.replacePolicy(allowing("stays-"));
      }
      case REVOCATION -> lists(leavesThatGo.toArray(new X509Certificate[0]));
      case ANCHOR -> anchors("server", root);
    }
  }

  private void measure(Server server, Guard guard, CountDownLatch ended) throws Exception {
    ManagedChannel other = channel(server, "stays-unary");
    HealthGrpc.HealthBlockingStub stub = HealthGrpc.newBlockingStub(other);
    long[] quiet = latencies(stub, () -> false);
    Thread waiting = new Thread(() -> {
      try {
        require(ended.await(TIMEOUT_SECONDS, TimeUnit.SECONDS), "streams did not end");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    waiting.start();
    change(guard);
    long[] busy = latencies(stub, waiting::isAlive);
    waiting.join();
    long since = loaded.get();
    System.out.printf(
        "after the change was loaded: first call decided %d ms, first client heard %d ms%n",
        decided.firstAfter(since), heard.firstAfter(since));
    after("the last call was decided", decided.lastAfter(since)).record();
    after("the last trailers were written", written.lastAfter(since)).record();
    after("the last client has heard", heard.lastAfter(since)).atMost(1000).record();
    slow("median", quiet, busy, 50);
    slow("99th percentile", quiet, busy, 99);
  }

  private Figure after(String what, long millis) {
    return Figure.of("live", name() + ": from the change until " + what)
        .measured((double) millis, "ms");
  }

  /** A policy that allows those whose name begins so, and records what it denies. */
  private static Policy allowing(String beginning) {
    return Policy.parse("bench", """
        {"name": "bench", "allow_rules": [{"name": "all", "source": {"principals": ["%s%s*"]}}],
         "audit_logging_options": {"audit_condition": "ON_DENY", "audit_loggers": [{"name": "bench"}]}}
        """.formatted(PREFIX, beginning).getBytes(StandardCharsets.UTF_8));
  }

  /** Notes when the guard decided that a call ends: it is recorded after its end was handed to the transport. */
  private final class Decided implements AuditSinkProvider {
    @Override
    public String name() {
      return "bench";
    }

    @Override
    public AuditSink create(String configJson) {
      return event -> decided.now();
    }
  }

  /** Notes when the trailers of a call that the guard ended were written to the socket. */
  private final class Written extends ServerStreamTracer.Factory {
    @Override
    public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
      return new ServerStreamTracer() {
        @Override
        public void streamClosed(Status status) {
          if (status.getCode() == change.end) {
            written.now();
          }
        }
      };
    }
  }

  private interface Busy {
    boolean isBusy();
  }

  private static long[] latencies(HealthGrpc.HealthBlockingStub stub, Busy busy) {
    List<Long> nanos = new ArrayList<>();
    while (nanos.size() < Effort.of(1000, 50) || busy.isBusy()) {
      long begin = System.nanoTime();
      HealthCheckResponse unused = stub.check(HealthCheckRequest.getDefaultInstance());
      nanos.add(System.nanoTime() - begin);
    }
    return nanos.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  /** What the change costs somebody else's calls. */
  private void slow(String what, long[] quiet, long[] busy, int percent) {
    double before = quiet[quiet.length * percent / 100] / 1e3;
    double meanwhile = busy[busy.length * percent / 100] / 1e3;
    Figure.of("live", name() + ": other calls meanwhile, " + what)
        .measured(meanwhile, "us")
        .beside("before", meanwhile / before)
        .record();
  }

  private String name() {
    return change.name().toLowerCase(Locale.ROOT);
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
