package dev.countersign.emulator;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Feature;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.policy.Policy;
import dev.countersign.server.Limits;
import dev.countersign.server.SecureServer;
import io.grpc.ManagedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;

/**
 * Our own server and channel over ALTS, as a peer for programs of other languages: {@code server READY_FILE}, which
 * allows one account and nobody else, or {@code client PORT TARGET_SERVICE_ACCOUNT [ROUND_TRIPS]}. Both need Compute
 * Engine or a lab that looks like it.
 */
final class CountersignGuideMain {
  private static final String POLICY = """
      {"name": "interop", "allow_rules": [
        {"name": "client", "source": {"principals": ["client@demo.iam.gserviceaccount.com"]},
         "request": {"paths": ["/routeguide.RouteGuide/*"]}}]}
      """;

  private CountersignGuideMain() {}

  public static void main(String[] args) throws Exception {
    try (Transport transport = Transport.alts()) {
      if (args[0].equals("server")) {
        serve(transport, Path.of(args[1]));
      } else {
        call(
            transport,
            args[1],
            ServiceAccount.parse(args[2]),
            args.length > 3 ? Integer.parseInt(args[3]) : 100);
      }
    }
  }

  private static void serve(Transport transport, Path ready) throws Exception {
    Limits usual = Limits.DEFAULT;
    SecureServer server = SecureServer.builder()
        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), transport)
        .guardedBy(Policy.parse("interop.json", POLICY.getBytes(StandardCharsets.UTF_8)))
        .limits(new Limits(
            usual.maxConnections(),
            usual.maxConnectionsPerIdentity(),
            usual.maxStreams(),
            AltsPair.MAX_MESSAGE,
            usual.maxMetadataBytes(),
            usual.handshakeTimeout(),
            usual.maxConnectionIdle(),
            usual.maxConnectionAge(),
            usual.maxConnectionAgeGrace()))
        .service(new EchoGuide(() -> PeerIdentity.current().primary().name()))
        .start();
    Path part = ready.resolveSibling(ready.getFileName() + ".part");
    Files.writeString(part, server.addresses().get(0).address().getPort() + "\n");
    Files.move(part, ready, StandardCopyOption.ATOMIC_MOVE);
    server.awaitTermination();
  }

  private static void call(Transport transport, String port, ServiceAccount target, int roundTrips)
      throws Exception {
    ManagedChannel channel =
        SecureChannel.to("127.0.0.1:" + port, transport).expecting(target).build();
    Feature feature = RouteGuideGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .getFeature(Point.getDefaultInstance());
    PingPong.start(channel, note(1 << 20), 100).get();
    PingPong.start(channel, note(1), roundTrips).get();
    channel.shutdownNow();
    System.out.println(feature.getName());
  }

  private static RouteNote note(int bytes) {
    return RouteNote.newBuilder().setMessage("x".repeat(bytes)).build();
  }
}
