package dev.countersign.emulator;

import static dev.countersign.emulator.TwoSides.CLIENT;
import static dev.countersign.emulator.TwoSides.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.platform.Machine;
import dev.countersign.server.SecureServer;
import io.grpc.ManagedChannel;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our own server and channel over ALTS carry what grpc-java's do, past the change of the record key. */
@Timeout(300)
final class GuardedTrafficIT {
  private static final int MEGABYTES = 100;
  private static final int PAST_THE_RECORD_KEY = 70_000;

  private AltsEmulator emulator;
  private Transport serverSide;
  private Transport clientSide;
  private SecureServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    emulator = AltsPair.emulator();
    serverSide = transport(SERVER);
    clientSide = transport(CLIENT);
    server = GuardedGuide.start(
        serverSide,
        CLIENT,
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    channel = SecureChannel.to(
            "127.0.0.1:" + server.addresses().get(0).address().getPort(), clientSide)
        .expecting(SERVER)
        .build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
    clientSide.close();
    serverSide.close();
    emulator.close();
  }

  @Test
  void carriesCallsOfAllKindsAndKnowsTheirCaller() throws Exception {
    assertThat(GuideCaller.callEverything(channel, 1)).isEqualTo(CLIENT.name());
  }

  @Test
  void carriesAHundredMegabytesEachWayInFewLargeMessages() throws Exception {
    assertThat(PingPong.start(channel, GuideCaller.note(2 << 20), MEGABYTES / 2).get())
        .isEqualTo(MEGABYTES / 2);
  }

  @Test
  void goesOnAfterTheRecordKeyChanged() throws Exception {
    assertThat(PingPong.start(channel, GuideCaller.note(1), PAST_THE_RECORD_KEY).get())
        .isEqualTo(PAST_THE_RECORD_KEY);
  }

  private Transport transport(ServiceAccount account) throws Exception {
    return Transport.altsThroughEmulatorInsecurely(
        emulator.address(account).toString(), new Machine(Path.of("/"), Map.of(), "Linux"));
  }
}
