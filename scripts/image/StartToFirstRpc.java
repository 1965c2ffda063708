import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.identity.SpiffeId;
import io.grpc.ManagedChannel;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long a server takes from the start of its process to its first answer, over mutual TLS, with and without a cache of its classes,
 * turn and turn about; and how much memory it has then. Run by scripts/image-start.sh and scripts/start-time.sh. The property
 * "rounds" says how often, more than the two that only warm up.
 */
final class StartToFirstRpc {
  private static final int ROUNDS = Integer.getInteger("rounds", 11);
  private static final int WARMING = 2;

  private final Path work;
  private final List<String> java;

  private StartToFirstRpc(Path work, List<String> java) {
    this.work = work;
    this.java = java;
  }

  /** Arguments: the folder with certs/ and policy.json, the option for the cache, then the words that start the application. */
  public static void main(String[] args) throws Exception {
    List<String> words = Arrays.asList(args).subList(2, args.length);
    List<String> cached = new ArrayList<>(words);
    cached.add(1, args[1]);
    StartToFirstRpc plain = new StartToFirstRpc(Path.of(args[0]), words);
    StartToFirstRpc quick = new StartToFirstRpc(Path.of(args[0]), cached);
    List<Double> plainMillis = new ArrayList<>();
    List<Double> quickMillis = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      double first = plain.once();
      double second = quick.once();
      // This client warms up as well.
      if (round >= WARMING) {
        plainMillis.add(first);
        quickMillis.add(second);
      }
    }
    double slow = median(plainMillis);
    double fast = median(quickMillis);
    System.out.printf(
        "start to first RPC, median of %d: without the cache %.0f ms, with it %.0f ms, x%.2f%n",
        ROUNDS - WARMING, slow, fast, fast / slow);
  }

  private double once() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    List<String> command = new ArrayList<>(java);
    command.addAll(List.of(
        "serve",
        "--listen=mtls=127.0.0.1:" + port,
        "--admin=127.0.0.1:0",
        "--identity=" + work.resolve("certs/route-guide"),
        "--policy=" + work.resolve("policy.json")));
    try (KeyMaterial identity =
        KeyMaterial.watching(work.resolve("certs/visitor"), Role.CLIENT)) {
      long begin = System.nanoTime();
      Process server = new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(new File(work.toFile(), "server.log"))
          .start();
      try {
        awaitListener(port, server);
        call(port, identity);
        return (System.nanoTime() - begin) / 1e6;
      } finally {
        server.destroy();
        server.waitFor();
      }
    }
  }

  private static void awaitListener(int port, Process server) throws Exception {
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
        return;
      } catch (IOException notYet) {
        if (!server.isAlive()) {
          throw new IllegalStateException("the server ended: " + server.exitValue());
        }
        Thread.sleep(1);
      }
    }
  }

  private static void call(int port, KeyMaterial identity) throws Exception {
    ManagedChannel channel = SecureChannel.to("127.0.0.1:" + port, Transport.mutualTls(identity))
        .expecting(SpiffeId.parse("spiffe://dev.example/ns/countersign/sa/route-guide"))
        .build();
    try {
      RouteGuideGrpc.newBlockingStub(channel)
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .getFeature(Point.getDefaultInstance());
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
