package dev.countersign.assessment;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** ALTS connections of the workloads that were given. The handshaker is reached in plaintext, as its protocol has it. */
final class AltsClients implements AutoCloseable {
  private final Target target;
  private final Origin origin;
  private final Map<String, ManagedChannel> handshakers;

  AltsClients(Target target) {
    this(target, Origin.ANY, new ConcurrentHashMap<>());
  }

  private AltsClients(Target target, Origin origin, Map<String, ManagedChannel> handshakers) {
    this.target = target;
    this.origin = origin;
    this.handshakers = handshakers;
  }

  /** The same from another address; closed with these. */
  AltsClients from(Origin other) {
    return new AltsClients(target, other, handshakers);
  }

  /** A connection of the workload that may call the method. */
  AltsLink allowed() throws IOException, CannotRunException {
    return shakeHands(target.handshaker(), "a handshaker", AltsHandshake.RPC_MAJOR);
  }

  /** A connection of the workload that may call nothing. */
  AltsLink denied() throws IOException, CannotRunException {
    return shakeHands(
        target.deniedHandshaker(),
        "the handshaker of a workload without a rule",
        AltsHandshake.RPC_MAJOR);
  }

  /** A connection of the allowed workload that claims another version of RPC over ALTS. */
  AltsLink claiming(int major) throws IOException, CannotRunException {
    return shakeHands(target.handshaker(), "a handshaker", major);
  }

  /** Begins a handshake of the allowed workload, and leaves it there. */
  void begin(Socket socket) throws IOException, CannotRunException {
    AltsHandshake.begin(socket, channel(target.handshaker(), "a handshaker"));
  }

  private AltsLink shakeHands(Optional<String> handshaker, String need, int major)
      throws IOException, CannotRunException {
    ManagedChannel channel = channel(handshaker, need);
    Socket socket = origin.socket();
    try {
      socket.connect(target.address(), Attack.PATIENCE_MILLIS);
      socket.setSoTimeout(Attack.PATIENCE_MILLIS);
      return AltsHandshake.over(socket, channel, major);
    } catch (IOException | CannotRunException e) {
      socket.close();
      throw e;
    }
  }

  private ManagedChannel channel(Optional<String> handshaker, String need)
      throws CannotRunException {
    return channel(handshaker.orElseThrow(() -> new CannotRunException("it needs " + need)));
  }

  private ManagedChannel channel(String handshaker) {
    return handshakers.computeIfAbsent(
        handshaker,
        address -> Grpc.newChannelBuilder("dns:///" + address, InsecureChannelCredentials.create())
            .build());
  }

  @Override
  public void close() {
    handshakers.values().forEach(ManagedChannel::shutdownNow);
  }
}
