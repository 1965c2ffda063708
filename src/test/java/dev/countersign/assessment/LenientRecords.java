package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The records of ALTS for somebody who wants to hear everything: replayed ones, those behind a lost one, reflected ones,
 * those whose tag is wrong, and what is no record at all.
 */
final class LenientRecords {
  private static final int TAG = 16;
  private static final int LOOK_AHEAD = 3;
  private static final byte SERVER = (byte) 0x80;

  private final AltsRecords cipher;
  private final InputStream raw;
  private final OutputStream wire;
  private final byte[] ours = new byte[AltsRecords.COUNTER_BYTES];
  private int next;

  LenientRecords(byte[] key, Socket socket) throws IOException {
    cipher = new AltsRecords(key);
    raw = socket.getInputStream();
    wire = socket.getOutputStream();
    ours[AltsRecords.COUNTER_BYTES - 1] = SERVER;
  }

  OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        byte[] plain = Arrays.copyOfRange(bytes, offset, offset + length);
        wire.write(
            AltsRecords.record(AltsRecords.DATA, cipher.crypt(Cipher.ENCRYPT_MODE, ours, plain)));
      }
    };
  }

  InputStream in() {
    return new InputStream() {
      private ByteBuffer plain = ByteBuffer.allocate(0);

      @Override
      public int read() throws IOException {
        while (!plain.hasRemaining()) {
          byte[] header = raw.readNBytes(8);
          if (header.length < 8) {
            return -1;
          }
          plain = ByteBuffer.wrap(hear(header));
        }
        return Byte.toUnsignedInt(plain.get());
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        int first = read();
        if (first < 0) {
          return -1;
        }
        bytes[offset] = (byte) first;
        int more = Math.min(length - 1, plain.remaining());
        plain.get(bytes, offset + 1, more);
        return more + 1;
      }
    };
  }

  private byte[] hear(byte[] header) throws IOException {
    ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int length = fields.getInt();
    int type = fields.getInt();
    if (length < Integer.BYTES || length == Integer.MAX_VALUE) {
      // No record: what is behind it may be one.
      return new byte[0];
    }
    if (type != AltsRecords.DATA && type != AltsRecords.DATA + 1) {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      plain.writeBytes(header);
      plain.writeBytes(raw.readNBytes(raw.available()));
      return plain.toByteArray();
    }
    return open(raw.readNBytes(length - Integer.BYTES));
  }

  private byte[] open(byte[] sealed) throws IOException {
    for (int candidate = 0; candidate < next + LOOK_AHEAD; candidate++) {
      for (byte side : new byte[] {0, SERVER}) {
        byte[] plain = tryOpen(counter(candidate, side), sealed);
        if (plain != null) {
          next = side == 0 ? Math.max(next, candidate + 1) : next;
          return plain;
        }
      }
    }
    return withoutTag(counter(next++, (byte) 0), sealed);
  }

  private byte @org.jspecify.annotations.Nullable [] tryOpen(byte[] counter, byte[] sealed) {
    AtomicReference<byte[]> plain = new AtomicReference<>();
    Throwable unused =
        catchThrowable(() -> plain.set(cipher.crypt(Cipher.DECRYPT_MODE, counter, sealed)));
    return plain.get();
  }

  /** GCM is counter mode behind its tag; the first block of text has number 2. */
  private byte[] withoutTag(byte[] counter, byte[] sealed) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    Throwable unused = catchThrowable(() -> {
      Cipher plainly = Cipher.getInstance("AES/CTR/NoPadding");
      plainly.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(cipher.derive(counter), "AES"),
          new IvParameterSpec(
              ByteBuffer.allocate(16).put(cipher.nonce(counter)).putInt(2).array()));
      plain.writeBytes(plainly.doFinal(sealed, 0, sealed.length - TAG));
    });
    return plain.toByteArray();
  }

  private static byte[] counter(int number, byte side) {
    byte[] counter = new byte[AltsRecords.COUNTER_BYTES];
    counter[0] = (byte) number;
    counter[1] = (byte) (number >> 8);
    counter[AltsRecords.COUNTER_BYTES - 1] = side;
    return counter;
  }
}
