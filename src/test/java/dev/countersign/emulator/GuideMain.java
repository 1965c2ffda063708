package dev.countersign.emulator;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.alts.AltsChannelCredentials;
import io.grpc.alts.AltsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * An unmodified grpc-java peer over ALTS with the default API, which works on Compute Engine or in a lab that looks
 * like it: {@code server READY_FILE} or {@code client PORT TARGET_SERVICE_ACCOUNT [ROUND_TRIPS]}.
 */
final class GuideMain {
  private GuideMain() {}

  public static void main(String[] args) throws Exception {
    if (args[0].equals("server")) {
      serve(Path.of(args[1]));
    } else {
      call(Integer.parseInt(args[1]), args[2], args.length > 3 ? Integer.parseInt(args[3]) : 100);
    }
  }

  private static void serve(Path ready) throws IOException, InterruptedException {
    Server server = NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            AltsServerCredentials.create())
        .maxInboundMessageSize(AltsPair.MAX_MESSAGE)
        .addService(new EchoGuide())
        .intercept(new EchoGuide.Caller())
        .build()
        .start();
    Path part = ready.resolveSibling(ready.getFileName() + ".part");
    Files.writeString(part, server.getPort() + "\n");
    Files.move(part, ready, StandardCopyOption.ATOMIC_MOVE);
    server.awaitTermination();
  }

  private static void call(int port, String target, int roundTrips) throws Exception {
    ManagedChannel channel = Grpc.newChannelBuilderForAddress(
            "127.0.0.1",
            port,
            new AltsChannelCredentials.Builder().addTargetServiceAccount(target).build())
        .maxInboundMessageSize(AltsPair.MAX_MESSAGE)
        .build();
    String caller = GuideCaller.callEverything(channel, roundTrips);
    channel.shutdownNow();
    System.out.println(caller);
  }
}
