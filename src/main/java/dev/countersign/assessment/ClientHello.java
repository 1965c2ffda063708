package dev.countersign.assessment;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** A ClientHello by hand (RFC 5246 section 7.4.1.2), to offer what no library offers any more. */
final class ClientHello {
  static final int SSL_3 = 0x0300;
  static final int TLS_1_0 = 0x0301;
  static final int TLS_1_1 = 0x0302;
  static final int TLS_1_2 = 0x0303;

  private static final int HANDSHAKE = 22;
  private static final int RANDOM_BYTES = 32;
  private static final byte[] NO_EXTENSIONS = new byte[0];

  private ClientHello() {}

  /** A hello in one record. */
  static byte[] of(int version, List<Integer> suites) {
    return record(version, message(version, suites, extensions(version)));
  }

  /** The handshake message alone, with its own header. */
  private static byte[] message(int version, List<Integer> suites, byte[] extensions) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(shorts(version));
    for (int i = 0; i < RANDOM_BYTES; i++) {
      body.write(i + 1);
    }
    body.write(0);
    body.writeBytes(shorts(2 * suites.size()));
    suites.forEach(suite -> body.writeBytes(shorts(suite)));
    body.write(1);
    body.write(0);
    if (extensions.length > 0) {
      body.writeBytes(shorts(extensions.length));
      body.writeBytes(extensions);
    }
    return ByteBuffer.allocate(4 + body.size())
        .putInt((1 << 24) | body.size())
        .put(body.toByteArray())
        .array();
  }

  private static byte[] extensions(int version) {
    if (version == SSL_3) {
      return NO_EXTENSIONS;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    // Groups: x25519, P-256, P-384.
    extension(out, 10, 0, 6, 0, 29, 0, 23, 0, 24);
    // Points: uncompressed.
    extension(out, 11, 1, 0);
    // Signatures: ECDSA and RSA with SHA-256, RSA-PSS, RSA and ECDSA with SHA-1.
    extension(out, 13, 0, 10, 4, 3, 4, 1, 8, 4, 2, 1, 2, 3);
    // Application protocol: h2.
    extension(out, 16, 0, 3, 2, 'h', '2');
    return out.toByteArray();
  }

  private static void extension(ByteArrayOutputStream out, int type, int... content) {
    out.writeBytes(shorts(type));
    out.writeBytes(shorts(content.length));
    for (int each : content) {
      out.write(each);
    }
  }

  /** A handshake record, of the oldest version that is not above the hello's. */
  static byte[] record(int version, byte[] content) {
    return ByteBuffer.allocate(5 + content.length)
        .put((byte) HANDSHAKE)
        .putShort((short) Math.min(version, TLS_1_0))
        .putShort((short) content.length)
        .put(content)
        .array();
  }

  private static byte[] shorts(int value) {
    return new byte[] {(byte) (value >> 8), (byte) value};
  }
}
