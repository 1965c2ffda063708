package dev.countersign.pem;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PemTest {
  private static final byte[] BYTES = "some bytes that fill more than a single line of text"
      .repeat(2)
      .getBytes(StandardCharsets.US_ASCII);

  @Test
  void readsBackWhatItWrites() throws PemException {
    List<PemBlock> blocks = parse(Pem.write("CERTIFICATE", BYTES));

    assertThat(blocks).hasSize(1);
    assertThat(blocks.get(0).label()).isEqualTo("CERTIFICATE");
    assertThat(blocks.get(0).der()).isEqualTo(BYTES);
    assertThat(blocks.get(0).line()).isEqualTo(1);
  }

  @Test
  void takesAnyLineEndsAndTextAround() throws PemException {
    String one = Pem.write("CERTIFICATE", BYTES);
    for (String end : new String[] {"\n", "\r\n", "\r"}) {
      List<PemBlock> blocks =
          parse("subject: näme\n\n".concat(one).concat("  \n").concat(one).replace("\n", end));

      assertThat(blocks).hasSize(2).allSatisfy(b -> assertThat(b.der()).isEqualTo(BYTES));
      assertThat(blocks.get(0).line()).isEqualTo(3);
    }
  }

  @Test
  void blockNeverShowsItsBytes() throws PemException {
    assertThat(parse(Pem.write("PRIVATE KEY", BYTES)).get(0)).hasToString("PRIVATE KEY at line 1");
  }

  @Test
  void holdsNoBlockWhereThereIsNone() throws PemException {
    assertThat(parse("")).isEmpty();
    assertThat(parse("-----BEGIN lower case-----")).isEmpty();
  }

  private static List<PemBlock> parse(String text) throws PemException {
    return Pem.parse("text", text.getBytes(StandardCharsets.UTF_8));
  }
}
