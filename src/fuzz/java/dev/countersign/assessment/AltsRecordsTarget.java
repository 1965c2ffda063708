package dev.countersign.assessment;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;

/**
 * {@link AltsRecords}, the assessment's own: whatever a hostile target sends instead of records ends in an
 * {@link IOException}, and what one side seals the other opens, however it was written.
 */
public final class AltsRecordsTarget implements Target {
  private static final byte[] KEY = new byte[44];

  @Override
  public void read(byte[] input) throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    OutputStream out = new AltsRecords(KEY).over(wire);
    int cut = input.length == 0 ? 0 : Byte.toUnsignedInt(input[0]) % input.length;
    out.write(input, 0, cut);
    out.write(input, cut, input.length - cut);
    byte[] sealed = wire.toByteArray();
    Claims.that(
        input.length < 16 || !Claims.text(sealed).contains(Claims.text(input)),
        "what is sealed cannot be read");
    hostile(new AltsRecords(KEY).over(new ByteArrayInputStream(input)));
    // What the client sealed is not what the server seals: a reflected record must not be believed.
    hostile(new AltsRecords(KEY).over(new ByteArrayInputStream(sealed)));
    if (input.length > 0) {
      byte[] answer = new AltsRecords(KEY).sealAsServer(input);
      InputStream in = new AltsRecords(KEY).over(new ByteArrayInputStream(answer));
      Claims.that(Arrays.equals(in.readNBytes(input.length), input), "what is sealed is opened");
      Claims.same(in.read(), -1, "nothing follows the record");
    }
  }

  private static void hostile(InputStream records) {
    try {
      Claims.same(records.readAllBytes().length, 0, "nobody without the key is believed");
    } catch (IOException e) {
      Claims.message(e.getMessage());
    }
  }

  @Override
  public List<byte[]> seeds() throws IOException {
    return List.of(
        new AltsRecords(KEY).seal(new byte[20]),
        AltsRecords.record(6, new byte[40]),
        AltsRecords.record(6, 1 << 20, new byte[4]),
        AltsRecords.record(7, -1, new byte[4]),
        new byte[40]);
  }
}
