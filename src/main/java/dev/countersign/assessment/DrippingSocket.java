package dev.countersign.assessment;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A TCP connection that sends what is written first as it is, and everything after it a byte at a time, for a while. */
final class DrippingSocket extends Socket {
  private static final long PAUSE_MILLIS = 100;

  private final long patienceNanos;
  private long began;
  private boolean greeted;
  private boolean dripped;
  private boolean outOfPatience;

  /**
   * A connection that is not made yet.
   *
   * @param patience how long it drips before a write fails
   */
  DrippingSocket(Duration patience) {
    this.patienceNanos = patience.toNanos();
  }

  /** Whether it went on for as long as it was to. */
  boolean isOutOfPatience() {
    return outOfPatience;
  }

  /** Whether it came to the slow part. */
  boolean hasDripped() {
    return dripped;
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    OutputStream out = super.getOutputStream();
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (!greeted) {
          greeted = true;
          out.write(bytes, offset, length);
          return;
        }
        for (int i = 0; i < length; i++) {
          drip(out, bytes[offset + i]);
        }
      }
    };
  }

  private void drip(OutputStream out, byte b) throws IOException {
    long now = System.nanoTime();
    if (!dripped) {
      dripped = true;
      began = now;
    }
    if (now - began >= patienceNanos) {
      outOfPatience = true;
      throw new SocketTimeoutException("the peer takes it as long as anybody likes");
    }
    out.write(b);
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }
}
