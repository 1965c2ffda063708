package dev.countersign.credentials;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many frames that move no call forward a peer may still send. SETTINGS, PING, PRIORITY, WINDOW_UPDATE, RST_STREAM,
 * CONTINUATION, frames of unknown types and DATA that carries nothing cost one each. Request headers and data, ours and
 * the peer's, earn some, because they rightly bring such frames with them (two window updates, a ping and its answer at
 * most); a little comes with time. A stream that we have to reset because the peer broke HTTP/2 there costs far more: Netty makes
 * an exception of each. Against CVE-2019-9512, -9513, -9515 and -9518, and CVE-2025-8671. Used on one thread.
 */
final class FrameBudget {
  /** At first, and at most. */
  static final int MOST = 3_000;

  static final int PER_SECOND = 100;
  static final int EARNED = 4;

  /** What a reset of ours costs the peer that made us. */
  static final int OFFENCE = 60;

  // RFC 9113 section 7: PROTOCOL_ERROR, FLOW_CONTROL_ERROR and FRAME_SIZE_ERROR. Other codes say
  // how a call ended,
  // and STREAM_CLOSED answers what was on its way when we ended one.
  private static final Set<Integer> OFFENCES = Set.of(1, 3, 6);

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int PADDED = 8;
  private static final int MOST_PADDING = 256;
  private static final long NANOS_PER_FRAME = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

  private final LongSupplier nanoTime;
  private int left = MOST;
  private long earnedUntil;

  FrameBudget(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.earnedUntil = nanoTime.getAsLong();
  }

  /** A frame of the peer: whether the budget allows it. */
  boolean received(FrameHeaders frame) {
    if (isProgress(frame)) {
      earn(EARNED);
      return true;
    }
    if (left <= 0) {
      earnByTime();
    }
    if (left <= 0) {
      return false;
    }
    left--;
    return true;
  }

  /** A frame of ours. */
  void sent(FrameHeaders frame) {
    if (isProgress(frame)) {
      earn(EARNED);
    }
  }

  /** A reset of ours, and its error code. */
  void sentReset(int errorCode) {
    if (OFFENCES.contains(errorCode)) {
      // What is owed stays owed: the next request earns a little.
      left = Math.max(-MOST, left - OFFENCE);
    }
  }

  private static boolean isProgress(FrameHeaders frame) {
    return frame.type() == HEADERS || (frame.type() == DATA && carriesSomething(frame));
  }

  /** Padding has at most 255 bytes and one for its length; more than that holds data. */
  private static boolean carriesSomething(FrameHeaders frame) {
    return frame.length() > ((frame.flags() & PADDED) == 0 ? 0 : MOST_PADDING);
  }

  private void earn(long frames) {
    left = (int) Math.min(MOST, left + frames);
  }

  private void earnByTime() {
    long frames = (nanoTime.getAsLong() - earnedUntil) / NANOS_PER_FRAME;
    earnedUntil += frames * NANOS_PER_FRAME;
    earn(frames);
  }
}
