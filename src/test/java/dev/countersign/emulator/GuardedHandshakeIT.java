package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.Transport;
import dev.countersign.demo.routeguide.Point;
import dev.countersign.demo.routeguide.RouteGuideGrpc;
import dev.countersign.demo.routeguide.RouteNote;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.platform.Machine;
import dev.countersign.policy.Policy;
import dev.countersign.server.SecureServer;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.alts.AltsChannelCredentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Our server moves grpc-java's handshake to another thread and back: no byte is lost or overtaken on the way, however
 * the network cuts them. Fails first when an upgrade changes the handlers that this relies on.
 */
class GuardedHandshakeIT {
  private static final int CONNECTIONS = 20;
  private static final String POLICY = """
      {"name": "any-account", "allow_rules": [
        {"name": "client", "source": {"principals": ["%s"]}}]}
      """;

  @ParameterizedTest
  @EnumSource
  void bytesKeepTheirOrderHoweverTheyAreCut(FrameProxy.Cut cut) throws Exception {
    try (AltsEmulator emulator = AltsPair.emulator();
        Transport transport = transport(emulator);
        SecureServer server = server(transport)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        try (FrameProxy proxy = new FrameProxy(port(server), cut)) {
          ManagedChannel channel = stockClient(emulator, proxy.port());
          assertThat(RouteGuideGrpc.newBlockingStub(channel)
                  .getFeature(Point.getDefaultInstance())
                  .getName())
              .isEqualTo(CLIENT.name());
          channel.shutdownNow();
        }
      }
    }
  }

  @Test
  void unmodifiedClientMovesManyMessages() throws Exception {
    try (AltsEmulator emulator = AltsPair.emulator();
        Transport transport = transport(emulator);
        SecureServer server = server(transport)) {
      ManagedChannel channel = stockClient(emulator, port(server));
      RouteNote note = RouteNote.newBuilder().setMessage("x".repeat(100_000)).build();

      assertThat(PingPong.start(channel, note, 500).get()).isEqualTo(500);
      channel.shutdownNow();
    }
  }

  private static int port(SecureServer server) {
    return server.addresses().get(0).address().getPort();
  }

  private static Transport transport(AltsEmulator emulator) throws Exception {
    return Transport.altsThroughEmulatorInsecurely(
        emulator.address(SERVER).toString(),
        new Machine(
            Path.of("/"),
            Map.of("GCE_METADATA_HOST", emulator.metadataAddress().toString()),
            "Linux"));
  }

  private static SecureServer server(Transport transport) throws Exception {
    return SecureServer.builder()
        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), transport)
        .guardedBy(Policy.parse(
            "lab.json", POLICY.formatted(CLIENT.name()).getBytes(StandardCharsets.UTF_8)))
        .service(new EchoGuide(() -> PeerIdentity.current().primary().name()))
        .drain(java.time.Duration.ofSeconds(1))
        .start();
  }

  private static ManagedChannel stockClient(AltsEmulator emulator, int port) {
    return Grpc.newChannelBuilderForAddress(
            "127.0.0.1",
            port,
            new AltsChannelCredentials.Builder()
                .enableUntrustedAltsForTesting()
                .setHandshakerAddressForTesting(emulator.address(CLIENT).toString())
                .addTargetServiceAccount(SERVER.name())
                .build())
        .build();
  }
}
