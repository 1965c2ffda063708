package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records without data use up a budget, the faster the longer they are, and data makes up for them. */
final class RecordMeterTest {
  private static final int KEY_UPDATE = 38;

  private final RecordMeter meter = new RecordMeter();

  @ParameterizedTest
  @CsvSource({
    "an empty record, 17, 32",
    "a key update, 22, 32",
    "a key update of the JDK, 38, 32",
    "one that is padded, 127, 16",
    "two hundred of them in one record, 1017, 2",
    "four hundred of them, 2017, 1",
    "five hundred of them, 2517, 0",
    "as many as one record holds, 16401, 0"
  })
  void takesSoManyInARow(String name, int length, int many) {
    for (int i = 0; i < many; i++) {
      read(length);
      assertThat(meter.broughtNothing()).as(name).isTrue();
    }
    read(length);
    assertThat(meter.broughtNothing()).as(name).isFalse();
  }

  @Test
  void dataMakesUpForOneOfThem() {
    for (int i = 0; i < 1_000; i++) {
      read(KEY_UPDATE);
      assertThat(meter.broughtNothing()).isTrue();
      read(100);
      meter.broughtData();
    }
  }

  @Test
  void dataIsNotSavedUp() {
    for (int i = 0; i < 1_000; i++) {
      read(100);
      meter.broughtData();
    }
    for (int i = 0; i < RecordMeter.MOST; i++) {
      read(KEY_UPDATE);
      assertThat(meter.broughtNothing()).isTrue();
    }
    read(KEY_UPDATE);
    assertThat(meter.broughtNothing()).isFalse();
  }

  /** TCP may cut anywhere. */
  @ParameterizedTest
  @CsvSource({"0", "1", "300", "70"})
  void findsTheEndOfARecordThatComesInBytes(int length) {
    for (int record = 0; record < 3; record++) {
      byte[] bytes = record(length);
      for (int i = 0; i < bytes.length; i++) {
        assertThat(meter.take(index -> bytes[index], i, i + 1)).isEqualTo(i + 1);
        assertThat(meter.isAtEnd()).as("byte %s", i).isEqualTo(i == bytes.length - 1);
      }
    }
  }

  @Test
  void takesNoMoreThanOneRecord() {
    byte[] bytes =
        ByteBuffer.allocate(5 + 300 + 5 + 1).put(record(300)).put(record(1)).array();

    assertThat(meter.take(index -> bytes[index], 0, bytes.length)).isEqualTo(305);
    assertThat(meter.isAtEnd()).isTrue();
    assertThat(meter.take(index -> bytes[index], 305, bytes.length)).isEqualTo(311);
    assertThat(meter.isAtEnd()).isTrue();
  }

  private void read(int length) {
    byte[] bytes = record(length);
    assertThat(meter.take(index -> bytes[index], 0, bytes.length)).isEqualTo(bytes.length);
    assertThat(meter.isAtEnd()).isTrue();
  }

  private static byte[] record(int length) {
    return ByteBuffer.allocate(5 + length)
        .put((byte) 23)
        .putShort((short) 0x0303)
        .putShort((short) length)
        .array();
  }
}
