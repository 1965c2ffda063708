package dev.countersign.credentials;

/**
 * Finds the end of what an HTTP/2 client says first, its preface and a SETTINGS frame (RFC 9113 section 3.4). With that
 * grpc-java takes a transport for ready, so it is when the guard hears of the peer.
 */
final class Greeting {
  private static final int PREFACE_BYTES = 24;
  private static final int LENGTH_BYTES = 3;

  private int seen;
  private int payload;

  /** Goes through the next bytes: how many of them belong to it. */
  int take(FrameMeter.Bytes bytes, int from, int to) {
    int at = from;
    while (at < to && !isComplete()) {
      if (seen >= PREFACE_BYTES && seen < PREFACE_BYTES + LENGTH_BYTES) {
        payload = (payload << 8) | (bytes.at(at) & 0xff);
      }
      seen++;
      at++;
    }
    return at - from;
  }

  boolean isComplete() {
    return seen >= PREFACE_BYTES + FrameHeaders.HEADER_BYTES + payload;
  }
}
