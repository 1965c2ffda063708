package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Subject alternative names as DER (RFC 5280 section 4.2.1.6), with whatever text in them. */
final class GeneralNameBytes {
  private static final int SEQUENCE = 0x30;
  private static final int CONTEXT = 0x80;
  private static final int CONSTRUCTED = 0xa0;
  private static final int UTF8 = 0x0c;
  private static final int LENGTH_OF_TWO_BYTES = 0x82;

  /** The object identifier 1.3.6.1.4.1.311.20.2.3, a user principal name, with its tag and length. */
  private static final byte[] USER_PRINCIPAL = {6, 10, 0x2b, 6, 1, 4, 1, (byte) 0x82, 0x37, 20, 2, 3
  };

  private GeneralNameBytes() {}

  /** One name of a kind. */
  static byte[] one(int kind, String text) {
    return element(SEQUENCE, element(CONTEXT | kind, text.getBytes(StandardCharsets.UTF_8)));
  }

  /** One {@code otherName}, a user principal name. */
  static byte[] other(String text) {
    byte[] value = element(CONSTRUCTED, element(UTF8, text.getBytes(StandardCharsets.UTF_8)));
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(USER_PRINCIPAL);
    content.writeBytes(value);
    return element(SEQUENCE, element(CONSTRUCTED, content.toByteArray()));
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
