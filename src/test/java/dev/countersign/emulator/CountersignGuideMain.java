package dev.countersign.emulator;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.server.SecureServer;
import io.grpc.ManagedChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Our own server and channel over ALTS, as a peer for programs of other languages: {@code server READY_FILE}, which
 * allows one account and nobody else and prints its audit lines, or
 * {@code client PORT TARGET_SERVICE_ACCOUNT [ROUND_TRIPS]}. Both need Compute Engine or a lab that looks like it.
 */
final class CountersignGuideMain {
  private static final ServiceAccount CALLER =
      ServiceAccount.parse("client@demo.iam.gserviceaccount.com");

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
    SecureServer server = GuardedGuide.start(transport, CALLER, System.out);
    Path part = ready.resolveSibling(ready.getFileName() + ".part");
    Files.writeString(part, server.addresses().get(0).address().getPort() + "\n");
    Files.move(part, ready, StandardCopyOption.ATOMIC_MOVE);
    server.awaitTermination();
  }

  private static void call(Transport transport, String port, ServiceAccount target, int roundTrips)
      throws Exception {
    ManagedChannel channel =
        SecureChannel.to("127.0.0.1:" + port, transport).expecting(target).build();
    String caller = GuideCaller.callEverything(channel, roundTrips);
    channel.shutdownNow();
    System.out.println(caller);
  }
}
