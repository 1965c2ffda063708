package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.HandshakeRefused.Reason;

/** One side of a handshake, from one request of its caller to the next. Not for several threads. */
abstract sealed class Handshake permits ClientHandshake, ServerHandshake {
  private final FrameReader reader = new FrameReader();
  private boolean finished;

  /** Takes bytes that the peer sent; torn frames are kept until the rest comes. */
  final Step next(ByteString bytes) throws HandshakeRefused {
    if (finished) {
      throw new HandshakeRefused(Reason.BAD_REQUEST, "the handshake is over");
    }
    reader.append(bytes);
    ByteString frame = reader.next();
    if (frame == null) {
      return new Step(ByteString.EMPTY, bytes.size(), null);
    }
    Step step = accept(frame);
    finished = step.outcome() != null;
    return new Step(step.outFrames(), consumed(bytes.size()), step.outcome());
  }

  /** Takes a whole frame; the step's count of bytes means nothing yet. */
  abstract Step accept(ByteString frame) throws HandshakeRefused;

  /**
   * Libraries hand in again what was not consumed, but C-core only after the last step: so in between all is consumed,
   * and a peer that sends more than it was its turn to send is refused.
   */
  private int consumed(int offered) throws HandshakeRefused {
    int rest = reader.rest();
    if (rest > 0 && (!finished || rest > offered)) {
      throw Frame.malformed("is followed by " + rest + " bytes before their turn");
    }
    return offered - rest;
  }
}
