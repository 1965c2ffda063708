package dev.countersign.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Cases 1 and 3 of RFC 5869, appendix A. */
final class HkdfTest {
  private static final ByteString INPUT = hex("0b".repeat(22));

  @Test
  void givesTheValuesOfTheSpecificationWithSaltAndInfo() {
    ByteString key = Hkdf.extract(hex("000102030405060708090a0b0c"), INPUT);

    assertThat(key)
        .isEqualTo(hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
    assertThat(Hkdf.expand(key, hex("f0f1f2f3f4f5f6f7f8f9"), 42))
        .isEqualTo(hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
            + "34007208d5b887185865"));
  }

  @Test
  void givesTheValuesOfTheSpecificationWithNeither() {
    ByteString key = Hkdf.extract(ByteString.EMPTY, INPUT);

    assertThat(Hkdf.expand(key, ByteString.EMPTY, 42))
        .isEqualTo(hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
            + "9d201395faa4b61a96c8"));
  }

  private static ByteString hex(String text) {
    return ByteString.copyFrom(HexFormat.of().parseHex(text));
  }
}
