package dev.countersign.assessment;

import dev.countersign.assessment.Weaknesses.Weakness;
import dev.countersign.emulator.AltsEmulator;
import dev.countersign.identity.ServiceAccount;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** ALTS servers that take what they should not. */
final class WeakAlts {
  private static final ServiceAccount SERVER =
      ServiceAccount.parse("server@demo.iam.gserviceaccount.com");
  private static final ServiceAccount CLIENT =
      ServiceAccount.parse("client@demo.iam.gserviceaccount.com");

  private WeakAlts() {}

  static void addTo(Map<String, Weakness> byCheck) {
    Checks.ALL.stream()
        .filter(check -> check.reach() == Check.Reach.ALTS)
        .forEach(check -> byCheck.put(
            check.about().name(), servers -> lenient(servers, first -> Optional.empty())));
    byCheck.put(
        "alts-tls-client",
        servers -> lenient(
            servers,
            first -> first[0] == 22
                ? Optional.of(ClientHello.record(ClientHello.TLS_1_2, new byte[] {2, 0, 0, 0}))
                : Optional.empty()));
  }

  private static Target lenient(WeakServers servers, Function<byte[], Optional<byte[]>> front)
      throws Exception {
    AltsEmulator emulator = AltsEmulator.builder()
        .workload(SERVER, "127.0.0.2:0")
        .workload(CLIENT, "127.0.0.3:0")
        .start();
    servers.closing(emulator::close);
    LenientAlts server = servers.keep(new LenientAlts(emulator.address(SERVER).toString()));
    InetSocketAddress address = servers.keep(new Front(server.address(), front)).address();
    return Target.alts(address, emulator.address(CLIENT).toString())
        .handshakePatience(Duration.ofSeconds(3));
  }
}
