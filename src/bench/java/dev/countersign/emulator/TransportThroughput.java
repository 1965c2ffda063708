package dev.countersign.emulator;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.platform.Machine;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a transport costs: the same services over plaintext, mutual TLS and ALTS, in one process and one run, in turns.
 * Prints unary calls and echoed megabytes per second, and the median ratios over the rounds. Whether grpc-java's ALTS
 * uses Conscrypt depends on the class path alone.
 */
final class TransportThroughput {
  private static final SpiffeId SERVER_ID = SpiffeId.parse("spiffe://example.org/server");
  private static final int PLAINTEXT = 0;
  private static final int MUTUAL_TLS = 1;
  private static final int CONCURRENT = 64;
  private static final int ROUNDS = 7;
  private static final long ROUND_NANOS = 1_200_000_000L;
  private static final int STREAMS = 8;
  private static final int NOTES = 100;
  private static final int NOTE_BYTES = 64 * 1024;

  private final AltsEmulator emulator = AltsPair.emulator();
  private final List<Lane> lanes = new ArrayList<>();

  public static void main(String[] args) throws Exception {
    new TransportThroughput().run(Files.createTempDirectory("transports"));
    System.exit(0);
  }

  private record Lane(String transport, ManagedChannel channel) {}

  /** How many per second a transport carries now. */
  @FunctionalInterface
  private interface Load {
    double perSecond(ManagedChannel channel) throws Exception;
  }

  private void run(Path directory) throws Exception {
    lanes.add(PLAINTEXT, new Lane("plaintext", plaintext()));
    lanes.add(MUTUAL_TLS, new Lane("mutual TLS", mutualTls(directory)));
    lanes.add(new Lane("ALTS", alts()));
    compare("unary calls/s", TransportThroughput::calls);
    compare("streamed MB/s, each way", TransportThroughput::megabytes);
  }

  private void compare(String unit, Load load) throws Exception {
    double[][] rates = new double[lanes.size()][ROUNDS];
    for (Lane lane : lanes) {
      load.perSecond(lane.channel());
      load.perSecond(lane.channel());
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int turn = 0; turn < lanes.size(); turn++) {
        int lane = (round + turn) % lanes.size();
        rates[lane][round] = load.perSecond(lanes.get(lane).channel());
      }
    }
    for (int lane = 0; lane < lanes.size(); lane++) {
      System.out.printf(
          Locale.ROOT,
          "%-24s %-10s %8.0f, ratio to plaintext %.2f, to mutual TLS %.2f%n",
          unit,
          lanes.get(lane).transport(),
          median(rates[lane]),
          ratio(rates[lane], rates[PLAINTEXT]),
          ratio(rates[lane], rates[MUTUAL_TLS]));
    }
  }

  private static double calls(ManagedChannel channel) throws InterruptedException {
    AtomicLong answered = new AtomicLong();
    CountDownLatch ended = new CountDownLatch(CONCURRENT);
    long begin = System.nanoTime();
    for (int i = 0; i < CONCURRENT; i++) {
      new Caller(channel, begin + ROUND_NANOS, answered, ended).next();
    }
    ended.await();
    return answered.get() * 1e9 / (System.nanoTime() - begin);
  }

  private static double megabytes(ManagedChannel channel) {
    long begin = System.nanoTime();
    List<CompletableFuture<Integer>> games = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      games.add(PingPong.start(channel, GuideCaller.note(NOTE_BYTES), NOTES));
    }
    games.forEach(CompletableFuture::join);
    return (double) STREAMS * NOTES * NOTE_BYTES / 1e6 * 1e9 / (System.nanoTime() - begin);
  }

  private ManagedChannel plaintext() throws Exception {
    Server server = start(InsecureServerCredentials.create());
    return Grpc.newChannelBuilderForAddress(
            "127.0.0.1", server.getPort(), InsecureChannelCredentials.create())
        .build();
  }

  private ManagedChannel mutualTls(Path directory) throws Exception {
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=bench").selfSigned();
    for (String name : List.of("server", "client")) {
      forge
          .leaf()
          .spiffe("spiffe://example.org/" + name)
          .clientAndServer()
          .issuedBy(root)
          .writeTo(directory.resolve(name));
    }
    Transport serverSide =
        Transport.mutualTls(KeyMaterial.watching(directory.resolve("server"), Role.SERVER));
    Transport clientSide =
        Transport.mutualTls(KeyMaterial.watching(directory.resolve("client"), Role.CLIENT));
    return channel(start(serverSide.serverCredentials()), clientSide, SERVER_ID);
  }

  private ManagedChannel alts() throws Exception {
    Machine machine = new Machine(Path.of("/"), Map.of(), "Linux");
    Transport serverSide = Transport.altsThroughEmulatorInsecurely(
        emulator.address(TwoSides.SERVER).toString(), machine);
    Transport clientSide = Transport.altsThroughEmulatorInsecurely(
        emulator.address(TwoSides.CLIENT).toString(), machine);
    return channel(start(serverSide.serverCredentials()), clientSide, TwoSides.SERVER);
  }

  private static Server start(ServerCredentials credentials) throws Exception {
    return Grpc.newServerBuilderForPort(0, credentials)
        .directExecutor()
        .addService(new EchoGuide(() -> "caller"))
        .build()
        .start();
  }

  private static ManagedChannel channel(Server server, Transport transport, Principal expected) {
    return SecureChannel.to("127.0.0.1:" + server.getPort(), transport)
        .expecting(expected)
        .build();
  }

  private static double ratio(double[] some, double[] others) {
    double[] ratios = new double[some.length];
    for (int i = 0; i < some.length; i++) {
      ratios[i] = some[i] / others[i];
    }
    return median(ratios);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** One of the concurrent callers: the next call begins when the last one is answered. */
  private static final class Caller implements StreamObserver<Feature> {
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
          channel.newCall(RouteGuideGrpc.getGetFeatureMethod(), CallOptions.DEFAULT),
          Point.getDefaultInstance(),
          this);
    }

    @Override
    public void onNext(Feature value) {
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
}
