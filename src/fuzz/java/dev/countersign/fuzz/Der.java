package dev.countersign.fuzz;

import java.io.ByteArrayOutputStream;

/** Bytes put together as DER, so that the fuzzer can spend its time inside a field and not on the lengths around it. */
public final class Der {
  /** A sequence. */
  public static final int SEQUENCE = 0x30;
  /** Bytes. */
  public static final int OCTET_STRING = 4;

  private Der() {}

  /** A value of parts that are below 64 KiB together. */
  public static byte[] of(int tag, byte[]... parts) {
    byte[] content = join(parts);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length >= 0x100) {
      out.write(0x82);
      out.write(content.length >> 8);
    } else if (content.length >= 0x80) {
      out.write(0x81);
    }
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  /** One part after the other. */
  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
