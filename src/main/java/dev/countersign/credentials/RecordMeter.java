package dev.countersign.credentials;

/**
 * Follows the records that a peer sends over TLS, and holds it to a number of those that bring no data: key updates
 * (RFC 8446 section 4.6.3), empty records and warnings. Data makes up for one of them, whatever its length. A record may
 * hold thousands of key updates, so a long one counts as many. Used on one thread.
 */
final class RecordMeter {
  /** What a peer beyond its budget is told, and the log with it. */
  static final String VERDICT = "too_many_records_without_data";

  /** At first, and at most: as many as BoringSSL takes. */
  static final int MOST = 32;

  /** A record is one for each so many bytes; one with a key update has 22, or 38 where the JDK has written and padded it. */
  static final int BYTES = 64;

  private static final int HEADER_BYTES = 5;
  private static final int LENGTH_AT = 3;

  private int left = MOST;
  private int at;
  private int length;

  /** Takes bytes as far as the present record goes: the index behind its last one, or {@code to}. */
  int take(FrameMeter.Bytes bytes, int from, int to) {
    if (isAtEnd()) {
      at = 0;
      length = 0;
    }
    int index = from;
    for (; at < HEADER_BYTES && index < to; at++, index++) {
      if (at >= LENGTH_AT) {
        length = (length << Byte.SIZE) | Byte.toUnsignedInt(bytes.at(index));
      }
    }
    int more = Math.min(HEADER_BYTES + length - at, to - index);
    at += more;
    return index + more;
  }

  /** Whether what was taken last ends a record. */
  boolean isAtEnd() {
    return at >= HEADER_BYTES && at == HEADER_BYTES + length;
  }

  /** That record brought data. */
  void broughtData() {
    left = Math.min(MOST, left + 1);
  }

  /** It did not: whether the budget allows it. */
  boolean broughtNothing() {
    left -= 1 + length / BYTES;
    return left >= 0;
  }
}
