package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.HandshakeRefused.Reason;
import org.jspecify.annotations.Nullable;

/** Puts frames together from bytes that arrive torn or joined. Not for several threads. */
final class FrameReader {
  private ByteString pending = ByteString.EMPTY;

  void append(ByteString bytes) {
    pending = pending.concat(bytes);
  }

  /**
   * The next whole frame, or null if there is none yet.
   *
   * @throws HandshakeRefused if the frame announces a length that none has
   */
  @Nullable
  ByteString next() throws HandshakeRefused {
    if (pending.size() < Frame.LENGTH_BYTES) {
      return null;
    }
    int length = Frame.littleEndian(pending, 0);
    if (length < 0 || length > Frame.MAX_LENGTH) {
      throw new HandshakeRefused(
          Reason.OVERSIZED_FRAME,
          "the peer's frame announces " + Integer.toUnsignedString(length) + " bytes (at most "
              + Frame.MAX_LENGTH + ")");
    }
    int end = Frame.LENGTH_BYTES + length;
    if (pending.size() < end) {
      return null;
    }
    ByteString frame = pending.substring(0, end);
    pending = pending.substring(end);
    return frame;
  }

  /** How many bytes follow the frames that were taken. */
  int rest() {
    return pending.size();
  }
}
