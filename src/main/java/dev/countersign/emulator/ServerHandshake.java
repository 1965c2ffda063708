package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.Frame.Kind;
import dev.countersign.identity.ServiceAccount;
import org.jspecify.annotations.Nullable;

/** The side that was connected to: checks the client's hello, answers, and is done when the client confirms. */
final class ServerHandshake extends Handshake {
  private final ServiceAccount account;
  private final Offer offer;
  private final KeySchedule keys;
  private @Nullable Answered answered;

  /** What is known once the client's hello was answered. */
  private record Answered(
      Hello peer, Agreement agreement, KeySchedule agreed, ByteString transcript) {}

  ServerHandshake(ServiceAccount account, Secret secret, Offer offer) {
    this.account = account;
    this.offer = offer;
    this.keys = KeySchedule.of(secret);
  }

  @Override
  Step accept(ByteString frame) throws HandshakeRefused {
    return answered == null ? answer(frame) : finish(answered, frame);
  }

  private Step answer(ByteString frame) throws HandshakeRefused {
    ByteString content = Frame.contentOf(frame, Kind.CLIENT_HELLO);
    Frame.authenticate(frame, keys.clientHelloKey());
    Hello peer = Hello.decode(content);
    Agreement agreement = Agreement.between(peer.offer(), offer);
    EphemeralKey key = EphemeralKey.generate();
    KeySchedule agreed = keys.with(key.agree(peer.publicKey()));
    Hello hello = new Hello(key.publicBytes(), account, agreement.toOffer(offer.versions()));
    ByteString answer = Frame.seal(Kind.SERVER_HELLO, hello.encode(), agreed.serverHelloKey(frame));
    answered = new Answered(peer, agreement, agreed, frame.concat(answer));
    return new Step(answer, 0, null);
  }

  private Step finish(Answered before, ByteString frame) throws HandshakeRefused {
    Frame.contentOf(frame, Kind.CLIENT_FINISHED);
    Frame.authenticate(frame, before.agreed().clientFinishedKey(before.transcript()));
    ByteString recordKey = before.agreed().recordKey(before.transcript());
    return new Step(
        ByteString.EMPTY, 0, before.agreement().outcome(account, before.peer(), recordKey));
  }
}
