package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Subject alternative names as DER (RFC 5280 section 4.2.1.6), with whatever text in them. */
final class GeneralNameBytes {
  private static final int SEQUENCE = 0x30;
  private static final int CONTEXT = 0x80;
  private static final int LENGTH_OF_TWO_BYTES = 0x82;

  private GeneralNameBytes() {}

  /** One name of a kind. */
  static byte[] one(int kind, String text) {
    return element(SEQUENCE, element(CONTEXT | kind, text.getBytes(StandardCharsets.UTF_8)));
  }

  /** With the shortest form of the length, up to 65,535 bytes. */
  private static byte[] element(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.length;
    if (length > 255) {
      out.write(LENGTH_OF_TWO_BYTES);
      out.write(length >> 8);
    } else if (length > 127) {
      out.write(LENGTH_OF_TWO_BYTES - 1);
    }
    out.write(length);
    out.writeBytes(content);
    return out.toByteArray();
  }
}
