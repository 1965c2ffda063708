package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.EmulatorException.Reason;
import java.security.SecureRandom;

/** What two emulators must share before their workloads can shake hands; never printed. */
final class Secret {
  static final int MIN_BYTES = 16;
  private static final int FRESH_BYTES = 32;

  private final ByteString bytes;

  private Secret(ByteString bytes) {
    this.bytes = bytes;
  }

  static Secret fresh() {
    byte[] bytes = new byte[FRESH_BYTES];
    new SecureRandom().nextBytes(bytes);
    return new Secret(ByteString.copyFrom(bytes));
  }

  static Secret of(byte[] bytes) {
    if (bytes.length < MIN_BYTES) {
      throw new EmulatorException(
          Reason.SHORT_SECRET,
          "secret is too short: " + bytes.length + " bytes (at least " + MIN_BYTES + ")");
    }
    return new Secret(ByteString.copyFrom(bytes));
  }

  ByteString bytes() {
    return bytes;
  }
}
