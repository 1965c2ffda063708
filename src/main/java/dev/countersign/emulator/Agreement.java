package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.HandshakeRefused.Reason;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.text.Quoted;
import java.util.List;

/**
 * What two offers have in common; both sides compute it for themselves.
 *
 * @param recordProtocol the client's first that the server has too
 * @param applicationProtocol the client's first that the server has too
 * @param maxFrameSize the smaller of what the two take, in bytes
 */
record Agreement(String recordProtocol, String applicationProtocol, int maxFrameSize) {
  /** The only record protocol there is a key for, and the only one that today's libraries speak. */
  static final String RECORD_PROTOCOL = "ALTSRP_GCM_AES128_REKEY";

  /** What every library takes, and what is meant by one that does not say (grpc-go). */
  static final int SMALLEST_FRAME = 16 * 1024;

  static Agreement between(Offer client, Offer server) throws HandshakeRefused {
    if (!client.versions().overlaps(server.versions())) {
      throw new HandshakeRefused(
          Reason.NO_COMMON_RPC_VERSION,
          "no common RPC protocol version: client " + client.versions() + ", server "
              + server.versions());
    }
    return new Agreement(
        recordProtocol(client.recordProtocols(), server.recordProtocols()),
        applicationProtocol(client.applicationProtocols(), server.applicationProtocols()),
        maxFrameSize(client.maxFrameSize(), server.maxFrameSize()));
  }

  /** The offer that leaves a peer nothing to choose. */
  Offer toOffer(RpcVersions versions) {
    return new Offer(
        List.of(applicationProtocol), List.of(recordProtocol), versions, maxFrameSize, List.of());
  }

  Outcome outcome(ServiceAccount local, Hello peer, ByteString keyData) {
    return new Outcome(
        local,
        peer.account(),
        applicationProtocol,
        recordProtocol,
        peer.offer().versions(),
        maxFrameSize,
        keyData);
  }

  private static String recordProtocol(List<String> client, List<String> server)
      throws HandshakeRefused {
    if (!client.contains(RECORD_PROTOCOL) || !server.contains(RECORD_PROTOCOL)) {
      throw new HandshakeRefused(
          Reason.NO_COMMON_RECORD_PROTOCOL,
          "no common record protocol: client " + quoted(client) + ", server " + quoted(server)
              + " (supported: " + RECORD_PROTOCOL + ")");
    }
    return RECORD_PROTOCOL;
  }

  private static String applicationProtocol(List<String> client, List<String> server)
      throws HandshakeRefused {
    return client.stream()
        .filter(server::contains)
        .findFirst()
        .orElseThrow(() -> new HandshakeRefused(
            Reason.NO_COMMON_APPLICATION_PROTOCOL,
            "no common application protocol: client " + quoted(client) + ", server "
                + quoted(server)));
  }

  private static int maxFrameSize(int client, int server) {
    return Math.max(SMALLEST_FRAME, Math.min(client, server));
  }

  private static String quoted(List<String> names) {
    return Quoted.of(String.join(", ", names));
  }
}
