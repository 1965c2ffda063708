package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GreetingTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int LATER_FRAMES = 40;

  /** Preface, the header of a SETTINGS frame of that length, its payload, and more. */
  private static byte[] bytes(int payload) {
    return ByteBuffer.allocate(24 + 9 + payload + LATER_FRAMES)
        .put(PREFACE.getBytes(StandardCharsets.US_ASCII))
        .put((byte) (payload >> 16))
        .put((byte) (payload >> 8))
        .put((byte) payload)
        .put((byte) 4)
        .array();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 6, 254, 255, 256, 65_535, 65_536, 70_000})
  void endsBehindItsSettings(int payload) {
    byte[] bytes = bytes(payload);
    Greeting greeting = new Greeting();

    assertThat(greeting.take(index -> bytes[index], 0, bytes.length)).isEqualTo(33 + payload);
    assertThat(greeting.isComplete()).isTrue();
    assertThat(greeting.take(index -> bytes[index], 33 + payload, bytes.length)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 24, 25, 33, 100})
  void endsThereHoweverItIsCut(int piece) {
    byte[] bytes = bytes(300);
    Greeting greeting = new Greeting();
    int taken = 0;
    for (int at = 0; at < bytes.length; at += piece) {
      assertThat(greeting.isComplete()).isEqualTo(taken == 333);
      taken += greeting.take(index -> bytes[index], at, Math.min(bytes.length, at + piece));
    }
    assertThat(taken).isEqualTo(333);
  }
}
