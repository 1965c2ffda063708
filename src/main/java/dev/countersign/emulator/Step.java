package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request.
 *
 * @param outFrames what the peer must be sent, may be empty
 * @param consumed how many of the request's bytes belonged to the handshake; what follows is the application's
 * @param outcome what came of the handshake, if this was its last step
 */
record Step(ByteString outFrames, int consumed, @Nullable Outcome outcome) {

  Step withOutFrames(ByteString frames) {
    return new Step(frames, consumed, outcome);
  }

  Step withOutcome(@Nullable Outcome changed) {
    return new Step(outFrames, consumed, changed);
  }
}
