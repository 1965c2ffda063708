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
    int at = from;
    while (at < to) {
      at += in.skip(to - at);
      if (at < to && in.take(bytes.at(at++)) && !budget.received(in)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the peer has begun a header block and not ended it. */
  boolean isInBlock() {
    return in.areInBlock();
  }

  /** Bytes of ours. */
  void sent(Bytes bytes, int from, int to) {
    int at = from;
    while (at < to) {
      at += out.skip(to - at);
      if (at < to && out.take(bytes.at(at++))) {
        budget.sent(out);
      }
    }
  }
}
