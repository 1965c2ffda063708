package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that move nothing forward use up a budget, which calls and time fill again. */
final class FrameMeterTest {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 4;
  private static final byte[] PREFACE = new byte[24];

  private final AtomicLong nanos = new AtomicLong();
  private final FrameBudget budget = new FrameBudget(nanos::get);

  @ParameterizedTest
  @CsvSource({
    "SETTINGS, 4, 0, 0",
    "its acknowledgement, 4, 1, 0",
    "PING, 6, 0, 8",
    "PRIORITY, 2, 0, 5",
    "RST_STREAM, 3, 0, 4",
    "WINDOW_UPDATE, 8, 0, 4",
    "CONTINUATION, 9, 0, 0",
    "a type nobody knows, 99, 0, 1000",
    "empty DATA, 0, 0, 0",
    "empty DATA that ends a stream, 0, 1, 0",
    "DATA of nothing but padding, 0, 8, 256",
  })
  void frameThatMovesNothingCostsOne(String name, int type, int flags, int length) {
    for (int i = 0; i < FrameBudget.MOST; i++) {
      assertThat(receives(type, flags, length)).as(name).isTrue();
    }
    assertThat(receives(type, flags, length)).as(name).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"HEADERS, 1, 0, 50", "DATA, 0, 0, 1", "padded DATA with something in it, 0, 8, 257"})
  void frameOfACallEarnsSome(String name, int type, int flags, int length) {
    exhaust();
    assertThat(receives(type, flags, length)).as(name).isTrue();
    for (int i = 0; i < FrameBudget.EARNED; i++) {
      assertThat(receives(SETTINGS, 0, 0)).as(name).isTrue();
    }
    assertThat(receives(SETTINGS, 0, 0)).as(name).isFalse();
  }

  @Test
  void answersEarnSome() {
    exhaust();
    budget.sent(header(DATA, 0, 16_384));
    budget.sent(header(SETTINGS, 1, 0));
    for (int i = 0; i < FrameBudget.EARNED; i++) {
      assertThat(receives(WINDOW_UPDATE, 0, 4)).isTrue();
    }
    assertThat(receives(WINDOW_UPDATE, 0, 4)).isFalse();
  }

  @Test
  void timeEarnsSomeButNeverMoreThanTheFirstBudget() {
    exhaust();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    for (int i = 0; i < FrameBudget.PER_SECOND; i++) {
      assertThat(receives(SETTINGS, 0, 0)).isTrue();
    }
    assertThat(receives(SETTINGS, 0, 0)).isFalse();

    nanos.addAndGet(Duration.ofDays(1).toNanos());
    for (int i = 0; i < FrameBudget.MOST; i++) {
      assertThat(receives(SETTINGS, 0, 0)).isTrue();
    }
    assertThat(receives(SETTINGS, 0, 0)).isFalse();
  }

  private void exhaust() {
    while (receives(SETTINGS, 0, 0)) {
      // More.
    }
  }

  private boolean receives(int type, int flags, int length) {
    return budget.received(header(type, flags, length));
  }

  private static FrameHeaders header(int type, int flags, int length) {
    FrameHeaders headers = FrameHeaders.fromServer();
    byte[] bytes = frame(type, flags, length);
    for (int i = 0; i < 8; i++) {
      assertThat(headers.take(bytes[i])).isFalse();
    }
    assertThat(headers.take(bytes[8])).isTrue();
    return headers;
  }

  /** Payload full of bytes that would be frames that cost, were they taken for headers. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 9, 10, 1000, 1_000_000})
  void findsFramesHoweverTheyAreCut(int piece) {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    sent.writeBytes(PREFACE);
    for (int i = 0; i < FrameBudget.MOST; i++) {
      sent.writeBytes(frame(SETTINGS, 0, 18));
    }
    FrameMeter meter = new FrameMeter(nanos::get);
    assertThat(receivesInPieces(meter, sent.toByteArray(), piece)).isTrue();

    ByteArrayOutputStream more = new ByteArrayOutputStream();
    for (int i = 0; i < FrameBudget.MOST * 2; i++) {
      more.writeBytes(frame(SETTINGS, 0, 18));
    }
    assertThat(receivesInPieces(meter, more.toByteArray(), piece)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"PROTOCOL_ERROR, 1", "FLOW_CONTROL_ERROR, 3", "FRAME_SIZE_ERROR, 6"})
  void streamThatThePeerBrokeCostsMore(String name, int code) {
    FrameMeter meter = new FrameMeter(nanos::get);
    assertThat(meter.received(index -> PREFACE[index], 0, PREFACE.length)).isTrue();
    for (int i = 0; i < FrameBudget.MOST / FrameBudget.OFFENCE - 1; i++) {
      sendReset(meter, code);
    }
    assertThat(receivesOne(meter)).as(name).isTrue();

    sendReset(meter, code);

    assertThat(receivesOne(meter)).as(name).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "NO_ERROR, 0",
    "INTERNAL_ERROR, 2",
    "STREAM_CLOSED, 5",
    "REFUSED_STREAM, 7",
    "CANCEL, 8",
    "ENHANCE_YOUR_CALM, 11"
  })
  void streamThatWeEndedCostsNothing(String name, int code) {
    FrameMeter meter = new FrameMeter(nanos::get);
    assertThat(meter.received(index -> PREFACE[index], 0, PREFACE.length)).isTrue();
    for (int i = 0; i < FrameBudget.MOST; i++) {
      sendReset(meter, code);
    }
    assertThat(receivesOne(meter)).as(name).isTrue();
  }

  private static void sendReset(FrameMeter meter, int code) {
    byte[] reset = frame(RST_STREAM, 0, 4);
    Arrays.fill(reset, FrameHeaders.HEADER_BYTES, reset.length, (byte) 0);
    reset[reset.length - 1] = (byte) code;
    meter.sent(index -> reset[index], 0, reset.length);
  }

  private static boolean receivesOne(FrameMeter meter) {
    byte[] update = frame(WINDOW_UPDATE, 0, 4);
    return meter.received(index -> update[index], 0, update.length);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 1000})
  void countsWhatWeSend(int piece) {
    FrameMeter meter = new FrameMeter(nanos::get);
    byte[] call = frame(HEADERS, 0, 30);
    byte[] update = frame(WINDOW_UPDATE, 0, 4);
    assertThat(receivesInPieces(meter, PREFACE, piece)).isTrue();
    for (int i = 0; i < FrameBudget.MOST * 2; i++) {
      assertThat(receivesInPieces(meter, update, piece)).isTrue();
      for (int at = 0; at < call.length; at += piece) {
        meter.sent(index -> call[index], at, Math.min(call.length, at + piece));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 1000})
  void knowsWhichHeaderBlockIsNotComplete(int piece) {
    FrameMeter meter = new FrameMeter(nanos::get);
    receivesInPieces(meter, PREFACE, piece);
    assertThat(meter.openBlock()).isZero();
    byte[] whole = frame(HEADERS, END_HEADERS, 30);
    receivesInPieces(meter, Arrays.copyOf(whole, 20), piece);
    assertThat(meter.openBlock()).isEqualTo(1);
    receivesInPieces(meter, Arrays.copyOfRange(whole, 20, whole.length), piece);
    assertThat(meter.openBlock()).isZero();

    receivesInPieces(meter, frame(HEADERS, 0, 30), piece);
    assertThat(meter.openBlock()).isEqualTo(2);
    receivesInPieces(meter, frame(CONTINUATION, 0, 0), piece);
    assertThat(meter.openBlock()).isEqualTo(2);
    receivesInPieces(meter, frame(CONTINUATION, END_HEADERS, 5), piece);
    receivesInPieces(meter, Arrays.copyOf(frame(DATA, 0, 50), 20), piece);
    assertThat(meter.openBlock()).isZero();
  }

  /** Whoever completes one and begins the next in the same breath is not slow. */
  @Test
  void theNextBlockIsAnotherOne() {
    FrameMeter meter = new FrameMeter(nanos::get);
    receivesInPieces(meter, PREFACE, 100);
    byte[] block = frame(HEADERS, END_HEADERS, 30);
    receivesInPieces(meter, Arrays.copyOf(block, 20), 100);
    assertThat(meter.openBlock()).isEqualTo(1);

    byte[] restAndNext = Arrays.copyOf(Arrays.copyOfRange(block, 20, 39), 39);
    System.arraycopy(block, 0, restAndNext, 19, 20);
    receivesInPieces(meter, restAndNext, 100);

    assertThat(meter.openBlock()).isEqualTo(2);
  }

  private static boolean receivesInPieces(FrameMeter meter, byte[] bytes, int piece) {
    boolean within = true;
    for (int at = 0; at < bytes.length && within; at += piece) {
      within = meter.received(index -> bytes[index], at, Math.min(bytes.length, at + piece));
    }
    return within;
  }

  private static byte[] frame(int type, int flags, int length) {
    byte[] frame = new byte[9 + length];
    frame[1] = (byte) (length >> 8);
    frame[2] = (byte) length;
    frame[3] = (byte) type;
    frame[4] = (byte) flags;
    return frame;
  }
}
