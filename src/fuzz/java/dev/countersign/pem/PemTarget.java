package dev.countersign.pem;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** {@link Pem}: what was read can be written and read again, and says the same. */
public final class PemTarget implements Target {
  @Override
  public void read(byte[] input) throws PemException {
    List<PemBlock> blocks;
    try {
      blocks = Pem.parse("input", input);
    } catch (PemException e) {
      Claims.message(e.getMessage());
      return;
    }
    StringBuilder written = new StringBuilder("text before\n");
    for (PemBlock block : blocks) {
      Claims.that(block.der().length > 0, "a block holds something");
      Claims.ascii(block.label());
      written.append(Pem.write(block.label(), block.der()));
    }
    byte[] text = written.toString().getBytes(StandardCharsets.US_ASCII);
    List<PemBlock> again = Pem.parse("written", text);
    Claims.same(again.size(), blocks.size(), "as many blocks as were written");
    for (int i = 0; i < blocks.size(); i++) {
      Claims.same(again.get(i).label(), blocks.get(i).label(), "a label comes back");
      Claims.that(
          Arrays.equals(again.get(i).der(), blocks.get(i).der()), "what a block held comes back");
    }
  }

  @Override
  public List<byte[]> seeds() {
    String block = Pem.write("CERTIFICATE", new byte[100]);
    return Claims.inputs(
        block,
        "a comment\r\n" + block.replace("\n", "\r\n") + block,
        block.substring(0, 90),
        "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n-----END A-----\n",
        "-----BEGIN A-----\nAAAA\n-----END B-----\n");
  }
}
