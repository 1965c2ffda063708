package dev.countersign.credentials;

import java.util.function.LongSupplier;

/**
 * Follows the frames of both directions of a server's HTTP/2 connection in whichever copy of Netty carries it, and holds
 * the peer to its {@link FrameBudget}. Used on one thread.
 */
final class FrameMeter {
  /** What a peer beyond its budget is told, and the log with it. */
  static final String VERDICT = "too_many_control_frames";

  /** What a peer is told that does not end the headers that it began. */
  static final String SLOW = "header_block_not_completed";

  /** How long a header block may take, in seconds; Netty waits for ever. */
  static final long BLOCK_SECONDS = 5;

  private static final int RST_STREAM = 3;
  private static final int ERROR_CODE_BYTES = 4;

  private final FrameHeaders in = FrameHeaders.fromClient();
  private final FrameHeaders out = FrameHeaders.fromServer();
  private final FrameBudget budget;

  FrameMeter(LongSupplier nanoTime) {
    this.budget = new FrameBudget(nanoTime);
  }

  /** Bytes by their index, in a buffer of either copy of Netty. */
  @FunctionalInterface
  interface Bytes {
    byte at(int index);
  }

  /** Bytes of the peer: whether all their frames are within its budget. */
  boolean received(Bytes bytes, int from, int to) {
    for (int at = next(in, bytes, from, to); at >= 0; at = next(in, bytes, at, to)) {
      if (!budget.received(in)) {
        return false;
      }
    }
    return true;
  }

  /** The number of the header block that the peer has begun and not ended; 0 if there is none. */
  int openBlock() {
    return in.openBlock();
  }

  /** Bytes of ours. */
  void sent(Bytes bytes, int from, int to) {
    for (int at = next(out, bytes, from, to); at >= 0; at = next(out, bytes, at, to)) {
      budget.sent(out);
      // Netty writes such a frame in one piece.
      if (out.type() == RST_STREAM && to - at >= ERROR_CODE_BYTES) {
        budget.sentReset(errorCode(bytes, at));
      }
    }
  }

  private static int errorCode(Bytes bytes, int at) {
    int code = 0;
    for (int i = 0; i < ERROR_CODE_BYTES; i++) {
      code = code << 8 | (bytes.at(at + i) & 0xff);
    }
    return code;
  }

  /** Goes on behind the next frame header: where that is, or a negative number if it does not end here. */
  private static int next(FrameHeaders headers, Bytes bytes, int from, int to) {
    int at = from;
    while (at < to) {
      at += headers.skip(to - at);
      if (headers.isAtHeader() && to - at >= FrameHeaders.HEADER_BYTES) {
        headers.takeAll(bytes, at);
        return at + FrameHeaders.HEADER_BYTES;
      }
      if (at < to && headers.take(bytes.at(at++))) {
        return at;
      }
    }
    return -1;
  }
}
