package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.Frame.Kind;
import dev.countersign.emulator.HandshakeRefused.Reason;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.text.Quoted;

/** The side that connects: sends its hello, checks the answer and that the peer is one it expects, and confirms. */
final class ClientHandshake extends Handshake {
  private final ServiceAccount account;
  private final Offer offer;
  private final KeySchedule keys;
  private final EphemeralKey key = EphemeralKey.generate();
  private ByteString sent = ByteString.EMPTY;

  ClientHandshake(ServiceAccount account, Secret secret, Offer offer) {
    this.account = account;
    this.offer = offer;
    this.keys = KeySchedule.of(secret);
  }

  /** The first step, which needs no bytes. */
  Step start() throws HandshakeRefused {
    ByteString hello = new Hello(key.publicBytes(), account, offer).encode();
    sent = Frame.seal(Kind.CLIENT_HELLO, hello, keys.clientHelloKey());
    return new Step(sent, 0, null);
  }

  @Override
  Step accept(ByteString frame) throws HandshakeRefused {
    Hello peer = Hello.decode(Frame.contentOf(frame, Kind.SERVER_HELLO));
    KeySchedule agreed = keys.with(key.agree(peer.publicKey()));
    Frame.authenticate(frame, agreed.serverHelloKey(sent));
    Agreement agreement = Agreement.between(offer, peer.offer());
    checkTarget(peer.account());
    ByteString transcript = sent.concat(frame);
    ByteString finished =
        Frame.seal(Kind.CLIENT_FINISHED, ByteString.EMPTY, agreed.clientFinishedKey(transcript));
    ByteString recordKey = agreed.recordKey(transcript);
    return new Step(finished, 0, agreement.outcome(account, peer, recordKey));
  }

  private void checkTarget(ServiceAccount peer) throws HandshakeRefused {
    if (!offer.targets().isEmpty() && !offer.targets().contains(peer.name())) {
      throw new HandshakeRefused(
          Reason.NOT_A_TARGET,
          "peer " + peer + " is not a target service account (expected: "
              + Quoted.of(String.join(", ", offer.targets())) + ")");
    }
  }
}
