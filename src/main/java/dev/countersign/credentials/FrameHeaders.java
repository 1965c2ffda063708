package dev.countersign.credentials;

/**
 * Finds the frame headers among the bytes of one direction of an HTTP/2 connection (RFC 9113 section 4.1), however they
 * are cut into pieces. Used on one thread.
 */
final class FrameHeaders {
  private static final int PREFACE_BYTES = 24;
  static final int HEADER_BYTES = 9;
  private static final int LENGTH_BYTES = 3;
  private static final int HEADERS = 1;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 4;

  private int toSkip;
  private int taken;
  private int length;
  private int type;
  private int flags;
  private boolean blockFrame;
  private boolean blockGoesOn;
  private int blocks;

  private FrameHeaders(int toSkip) {
    this.toSkip = toSkip;
  }

  /** What a client sends: its preface first. */
  static FrameHeaders fromClient() {
    return new FrameHeaders(PREFACE_BYTES);
  }

  static FrameHeaders fromServer() {
    return new FrameHeaders(0);
  }

  /** Passes over bytes that belong to no header: how many of those that are there. */
  int skip(int available) {
    int skipped = Math.min(toSkip, available);
    toSkip -= skipped;
    return skipped;
  }

  /** Whether a whole header may be taken at once, if there are {@link #HEADER_BYTES}. */
  boolean isAtHeader() {
    return taken == 0 && toSkip == 0;
  }

  /** Takes a header at once, where one begins. */
  void takeAll(FrameMeter.Bytes bytes, int at) {
    length =
        (bytes.at(at) & 0xff) << 16 | (bytes.at(at + 1) & 0xff) << 8 | (bytes.at(at + 2) & 0xff);
    type = bytes.at(at + LENGTH_BYTES) & 0xff;
    flags = bytes.at(at + LENGTH_BYTES + 1) & 0xff;
    end();
  }

  /** Takes a byte when there is nothing to skip: whether it is the last of a header. */
  boolean take(byte next) {
    int value = next & 0xff;
    if (taken < LENGTH_BYTES) {
      length = taken == 0 ? value : (length << 8) | value;
    } else if (taken == LENGTH_BYTES) {
      type = value;
    } else if (taken == LENGTH_BYTES + 1) {
      flags = value;
    }
    taken++;
    if (taken < HEADER_BYTES) {
      return false;
    }
    taken = 0;
    end();
    return true;
  }

  private void end() {
    toSkip = length;
    blockFrame = type == HEADERS || type == CONTINUATION;
    blockGoesOn = blockFrame && (flags & END_HEADERS) == 0;
    if (type == HEADERS) {
      blocks++;
    }
  }

  /** The number of the header block (RFC 9113 section 4.3) that has begun and is not complete; 0 if there is none. */
  int openBlock() {
    return blockGoesOn || (blockFrame && toSkip > 0) ? blocks : 0;
  }

  /** The payload's length in the header that was taken last. */
  int length() {
    return length;
  }

  int type() {
    return type;
  }

  int flags() {
    return flags;
  }
}
