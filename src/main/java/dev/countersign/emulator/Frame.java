package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.HandshakeRefused.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/**
 * What the two emulators send each other through the connection of their callers: a length and a type of four bytes
 * each, little-endian as in ALTS records (the length counts all that follows it), the kind of message, its content,
 * and an HMAC-SHA256 over all of that. The libraries carry frames without looking into them.
 */
final class Frame {
  static final int LENGTH_BYTES = 4;
  static final int MAX_LENGTH = 16 * 1024;

  private static final int TYPE = 2;
  private static final int TYPE_BYTES = 4;
  private static final int HEADER_BYTES = LENGTH_BYTES + TYPE_BYTES + 1;

  /** The three messages of a handshake, in their order. */
  enum Kind {
    CLIENT_HELLO(1),
    SERVER_HELLO(2),
    CLIENT_FINISHED(3);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }
  }

  private Frame() {}

  static ByteString seal(Kind kind, ByteString content, ByteString key) throws HandshakeRefused {
    int length = HEADER_BYTES - LENGTH_BYTES + content.size() + Hkdf.HASH_BYTES;
    if (length > MAX_LENGTH) {
      throw new HandshakeRefused(
          Reason.BAD_REQUEST,
          "the offer is too long for a frame: " + length + " bytes (at most " + MAX_LENGTH + ")");
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(length).putInt(TYPE).put(kind.code).flip();
    ByteString sealed = ByteString.copyFrom(header).concat(content);
    return sealed.concat(Hkdf.hmac(key, sealed));
  }

  /** The content of a message whose authentication is still to be checked, because its key depends on the content. */
  static ByteString contentOf(ByteString frame, Kind expected) throws HandshakeRefused {
    if (frame.size() < HEADER_BYTES + Hkdf.HASH_BYTES) {
      throw malformed("is too short: " + frame.size() + " bytes");
    }
    if (littleEndian(frame, LENGTH_BYTES) != TYPE) {
      throw malformed("has type " + littleEndian(frame, LENGTH_BYTES) + " (expected " + TYPE + ")");
    }
    if (frame.byteAt(HEADER_BYTES - 1) != expected.code) {
      throw malformed("is not a " + expected);
    }
    return frame.substring(HEADER_BYTES, frame.size() - Hkdf.HASH_BYTES);
  }

  /** Checks that the frame was sealed with this key. */
  static void authenticate(ByteString frame, ByteString key) throws HandshakeRefused {
    int end = frame.size() - Hkdf.HASH_BYTES;
    byte[] expected = Hkdf.hmac(key, frame.substring(0, end)).toByteArray();
    if (!MessageDigest.isEqual(expected, frame.substring(end).toByteArray())) {
      throw new HandshakeRefused(
          Reason.NOT_AUTHENTIC,
          "the peer's frame is not authentic: it was changed on its way, or the peer's emulator has another secret");
    }
  }

  /** Zeros behind the length of a frame that no reader takes. */
  static ByteString oversized() {
    ByteBuffer frame =
        ByteBuffer.allocate(LENGTH_BYTES + 2 * MAX_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(0, 2 * MAX_LENGTH);
    return ByteString.copyFrom(frame);
  }

  static int littleEndian(ByteString bytes, int offset) {
    return bytes
        .substring(offset, offset + Integer.BYTES)
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  static HandshakeRefused malformed(String problem) {
    return new HandshakeRefused(Reason.MALFORMED_FRAME, "the peer's frame " + problem);
  }
}
