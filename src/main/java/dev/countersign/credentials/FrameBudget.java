package dev.countersign.credentials;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many frames that move no call forward a peer may still send. SETTINGS, PING, PRIORITY, WINDOW_UPDATE, RST_STREAM,
 * CONTINUATION, frames of unknown types and DATA that carries nothing cost one each. Request headers and data, ours and
 * the peer's, earn some, because they rightly bring such frames with them (two window updates, a ping and its answer at
 * most); a little comes with time. Against CVE-2019-9512, -9513, -9515 and -9518. Used on one thread.
 */
final class FrameBudget {
  /** At first, and at most. */
  static final int MOST = 3_000;

  static final int PER_SECOND = 100;
  static final int EARNED = 4;

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
    if (left == 0) {
      earnByTime();
    }
    if (left == 0) {
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
