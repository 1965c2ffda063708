package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A header block that is written by hand (RFC 7541): every field literal, nothing checked. */
final class HeaderBlock {
  private static final int SEVEN_BITS = 127;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** What a gRPC request begins with. */
  static HeaderBlock request(String path) {
    return request(path, "lab", "application/grpc");
  }

  static HeaderBlock request(String path, String authority, String contentType) {
    return new HeaderBlock()
        .add(":method", "POST")
        .add(":scheme", "https")
        .add(":path", path)
        .add(":authority", authority)
        .add("content-type", contentType)
        .add("te", "trailers");
  }

  /** A request after a change of the table's size to 1 GiB. */
  static HeaderBlock afterTableSize(String path) {
    HeaderBlock block = new HeaderBlock().raw(0x3f, 0xe1, 0xff, 0xff, 0xff, 0x03);
    block.out.writeBytes(request(path).bytes());
    return block;
  }

  HeaderBlock add(String name, String value) {
    out.write(0);
    text(name);
    text(value);
    return this;
  }

  /** A field that the peer's table keeps, as its newest. */
  HeaderBlock addIndexed(String name, String value) {
    out.write(0x40);
    text(name);
    text(value);
    return this;
  }

  HeaderBlock raw(int... bytes) {
    for (int each : bytes) {
      out.write(each);
    }
    return this;
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int rest = bytes.length - SEVEN_BITS;
    out.write(Math.min(bytes.length, SEVEN_BITS));
    if (rest >= 0) {
      for (; rest >= 128; rest >>= 7) {
        out.write((rest & SEVEN_BITS) | 128);
      }
      out.write(rest);
    }
    out.writeBytes(bytes);
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
