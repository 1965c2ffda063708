package dev.countersign.server;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Transport;
import dev.countersign.emulator.AltsEmulator;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.platform.Machine;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An emulated Compute Engine with a server and two clients on it; closes what it opened. */
final class AltsLab implements AutoCloseable {
  static final ServiceAccount SERVER = ServiceAccount.parse("server@demo.iam.gserviceaccount.com");
  static final ServiceAccount ALICE = ServiceAccount.parse("alice@demo.iam.gserviceaccount.com");
  static final ServiceAccount BOB = ServiceAccount.parse("bob@demo.iam.gserviceaccount.com");

  private final List<Runnable> opened = new ArrayList<>();
  private AltsEmulator emulator;

  AltsLab() {
    emulator = AltsEmulator.builder()
        .workload(SERVER, "127.0.0.2:0")
        .workload(ALICE, "127.0.0.3:0")
        .workload(BOB, "127.0.0.4:0")
        .start();
  }

  AltsEmulator emulator() {
    return emulator;
  }

  /** Ends the emulator. */
  void kill() {
    emulator.close();
  }

  /** Starts another emulator at the same addresses. */
  void restart() {
    AltsEmulator.Builder builder = AltsEmulator.builder();
    emulator
        .addresses()
        .forEach((account, address) -> builder.workload(account, address.toString()));
    emulator = builder.start();
  }

  /** A machine whose metadata server is the emulator's. */
  Machine machine() {
    return new Machine(
        Path.of("/"), Map.of("GCE_METADATA_HOST", emulator.metadataAddress().toString()), "Linux");
  }

  Transport transport(ServiceAccount account) throws Exception {
    Transport transport =
        Transport.altsThroughEmulatorInsecurely(emulator.address(account).toString(), machine());
    opened.add(transport::close);
    return transport;
  }

  ManagedChannel channel(SecureServer.ListenAddress listener, ServiceAccount caller)
      throws Exception {
    return channel(listener, transport(caller), SERVER);
  }

  ManagedChannel channel(
      SecureServer.ListenAddress listener, Transport transport, ServiceAccount expected) {
    ManagedChannel channel = SecureChannel.to(
            "127.0.0.1:" + listener.address().getPort(), transport)
        .expecting(expected)
        .build();
    opened.add(channel::shutdownNow);
    return channel;
  }

  @Override
  public void close() {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).run();
    }
    emulator.close();
  }
}
