package dev.countersign.assessment;

import dev.countersign.assessment.LenientAlts.Lenience;
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
    byCheck.put(
        "alts-tls-client",
        new Weakness(
            servers -> lenient(
                servers,
                Lenience.NOTHING,
                first -> first[0] == 22
                    ? Optional.of(ClientHello.record(ClientHello.TLS_1_2, new byte[] {2, 0, 0, 0}))
                    : Optional.empty()),
            "the listener answers in TLS"));
    put(byCheck, "alts-rpc-version", "the call was answered (gRPC status 0)", Lenience.ANY_VERSION);
    put(
        byCheck,
        "alts-half-open",
        "no new connection is served meanwhile",
        Lenience.ONE_HANDSHAKE_AT_A_TIME);
    answered(byCheck, "alts-flipped-bit", Lenience.ONE_BYTE_OF_TEXT);
    answered(byCheck, "alts-flipped-tag", Lenience.ONE_BYTE_OF_TAG);
    answered(byCheck, "alts-truncated-record", Lenience.SHORT_TAG);
    answered(byCheck, "alts-replayed-record", Lenience.REPLAY);
    answered(byCheck, "alts-dropped-record", Lenience.GAP);
    answered(byCheck, "alts-reordered-records", Lenience.ORDER);
    answered(byCheck, "alts-reflected-record", Lenience.REFLECTION);
    answered(byCheck, "alts-wrong-type", Lenience.TYPE);
    answered(byCheck, "alts-short-record", Lenience.SHORT_LENGTH);
    answered(byCheck, "alts-negative-length", Lenience.NEGATIVE_LENGTH);
    put(byCheck, "alts-record-of-2-gib", "the connection is still open", Lenience.HUGE_LENGTH);
    answered(byCheck, "alts-plaintext-inside", Lenience.PLAIN_BYTES);
  }

  private static void answered(Map<String, Weakness> byCheck, String check, Lenience lenience) {
    put(byCheck, check, "a call was answered on that connection: gRPC status 0", lenience);
  }

  private static void put(
      Map<String, Weakness> byCheck, String check, String finding, Lenience lenience) {
    byCheck.put(
        check,
        new Weakness(servers -> lenient(servers, lenience, first -> Optional.empty()), finding));
  }

  private static Target lenient(
      WeakServers servers, Lenience lenience, Function<byte[], Optional<byte[]>> front)
      throws Exception {
    AltsEmulator emulator = AltsEmulator.builder()
        .workload(SERVER, "127.0.0.2:0")
        .workload(CLIENT, "127.0.0.3:0")
        .start();
    servers.closing(emulator::close);
    LenientAlts server =
        servers.keep(new LenientAlts(emulator.address(SERVER).toString(), lenience));
    InetSocketAddress address =
        servers.keep(new Front(server.address(), Front.answering(front))).address();
    return Target.alts(address, emulator.address(CLIENT).toString())
        .handshakePatience(Duration.ofSeconds(3));
  }
}
