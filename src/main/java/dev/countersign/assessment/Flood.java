package dev.countersign.assessment;

import dev.countersign.text.Quoted;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many frames on one connection while another thread reads what comes back, until the target ends the connection or all
 * is sent.
 */
final class Flood {
  private static final long LAST_WORDS_MILLIS = 3_000;

  private final RawHttp2 connection;
  private final Thread reader = new Thread(this::read, "countersign-flood");
  private volatile String end = "";
  private final AtomicInteger refused = new AtomicInteger();

  private Flood(RawHttp2 connection) {
    this.connection = connection;
    reader.setDaemon(true);
  }

  /** Adds what is sent at once. */
  @FunctionalInterface
  interface Batch {
    void addTo(RawHttp2 connection, int number) throws IOException;
  }

  /**
   * How it ended.
   *
   * @param isCut whether the target ended the connection
   * @param how in which way
   * @param refused how many streams it refused before
   */
  record Ending(boolean isCut, String how, int refused) {
    /** A pass if the target ended the connection, else a finding. */
    Outcome mustBeCut(String what) {
      return isCut
          ? Outcome.passed(how)
          : Outcome.finding(what + " were taken without an end of the connection");
    }
  }

  /** Sends batches. */
  static Ending of(RawHttp2 connection, int batches, Batch batch) throws InterruptedException {
    Flood flood = new Flood(connection);
    flood.reader.start();
    for (int i = 0; i < batches && flood.end.isEmpty(); i++) {
      flood.send(batch, i);
    }
    return flood.await(LAST_WORDS_MILLIS);
  }

  private Ending await(long millis) throws InterruptedException {
    reader.join(millis);
    return new Ending(!end.isEmpty(), end, refused.get());
  }

  private void send(Batch batch, int number) throws InterruptedException {
    try {
      batch.addTo(connection, number);
      connection.send();
    } catch (IOException e) {
      // The reader may still find out why.
      reader.join(TimeUnit.SECONDS.toMillis(1));
      if (end.isEmpty()) {
        end = "the target broke the connection off";
      }
    }
  }

  private void read() {
    try {
      while (end.isEmpty()) {
        Frame frame = connection.next();
        if (frame.type() == Frame.CLOSED) {
          end = "the target closed the connection";
        } else if (frame.type() == Frame.GOAWAY && frame.errorCode() != 0) {
          end = "the target ended the connection with error " + frame.errorCode() + " "
              + Quoted.of(frame.debugText());
        } else if (frame.type() == Frame.RST_STREAM && frame.errorCode() == Frame.REFUSED_STREAM) {
          refused.incrementAndGet();
        }
      }
    } catch (SocketTimeoutException e) {
      // It goes on living.
    } catch (IOException e) {
      end = "the target broke the connection off";
    }
  }
}
