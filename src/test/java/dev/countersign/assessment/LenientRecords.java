package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.LenientAlts.Lenience;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The records of ALTS, server side, for somebody who is lenient in one way and as strict as one should be in all others. */
final class LenientRecords {
  private static final int TAG = 16;
  private static final int LOOK_AHEAD = 3;
  private static final int MAX_RECORD = 1 << 20;
  private static final byte SERVER = (byte) 0x80;
  private static final byte CLIENT = 0;

  private final AltsRecords cipher;
  private final PushbackInputStream raw;
  private final OutputStream wire;
  private final byte[] ours = new byte[AltsRecords.COUNTER_BYTES];
  private final Lenience lenience;
  private int next;
  private byte @Nullable [] early;

  LenientRecords(byte[] key, Socket socket, Lenience lenience) throws IOException {
    this.lenience = lenience;
    cipher = new AltsRecords(key);
    raw = new PushbackInputStream(socket.getInputStream(), Integer.BYTES);
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
    if ((lenience == Lenience.NEGATIVE_LENGTH && length < 0)
        || (lenience == Lenience.SHORT_LENGTH && length >= 0 && length < Integer.BYTES)) {
      // No record: what is behind it may be one.
      return new byte[0];
    }
    if (lenience == Lenience.PLAIN_BYTES && type != AltsRecords.DATA) {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      plain.writeBytes(header);
      plain.writeBytes(raw.readNBytes(raw.available()));
      return plain.toByteArray();
    }
    demand(length >= Integer.BYTES + TAG
        && (length <= MAX_RECORD || lenience == Lenience.HUGE_LENGTH));
    demand(type == AltsRecords.DATA || lenience == Lenience.TYPE);
    return open(exactly(length - Integer.BYTES));
  }

  /** Reads as they come, and does not make room for what may never come. */
  private byte[] exactly(int length) throws IOException {
    byte[] bytes = raw.readNBytes(length);
    demand(bytes.length == length);
    return bytes;
  }

  private static void demand(boolean kept) throws ProtocolException {
    if (!kept) {
      throw new ProtocolException("no record of ALTS");
    }
  }

  private byte[] open(byte[] sealed) throws IOException {
    byte[] strictly = tryOpen(counter(next, CLIENT), sealed);
    byte[] plain = strictly == null ? openLeniently(sealed) : strictly;
    if (plain == null) {
      throw new ProtocolException("no authentic record");
    }
    next++;
    return plain;
  }

  private byte @Nullable [] openLeniently(byte[] sealed) throws IOException {
    return switch (lenience) {
      case ONE_BYTE_OF_TEXT -> openWithoutLastByte(sealed);
      case ONE_BYTE_OF_TAG -> openWithTag(sealed, TAG - 1);
      case SHORT_TAG -> openWithShortTag(sealed);
      case REPLAY -> openByAnyOf(IntStream.range(0, next), CLIENT, sealed);
      case GAP -> openByAnyOf(IntStream.range(next + 1, next + LOOK_AHEAD), CLIENT, sealed);
      case ORDER -> openOutOfOrder(sealed);
      case REFLECTION -> openByAnyOf(IntStream.range(0, LOOK_AHEAD), SERVER, sealed);
      default -> null;
    };
  }

  /** The record behind the next one is kept until that one has come. */
  private byte @Nullable [] openOutOfOrder(byte[] sealed) {
    byte[] kept = early;
    if (kept == null) {
      early = tryOpen(counter(next + 1, CLIENT), sealed);
      return early == null ? null : new byte[0];
    }
    early = null;
    byte[] late = tryOpen(counter(next - 1, CLIENT), sealed);
    return late == null
        ? null
        : ByteBuffer.allocate(late.length + kept.length).put(late).put(kept).array();
  }

  private byte @Nullable [] openByAnyOf(IntStream counters, byte side, byte[] sealed) {
    return counters
        .mapToObj(number -> tryOpen(counter(number, side), sealed))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** As if the tag did not cover the last byte of the text: finds the one that it was made for. */
  private byte @Nullable [] openWithoutLastByte(byte[] sealed) {
    int last = sealed.length - TAG - 1;
    byte[] tried = sealed.clone();
    for (int i = 0; i <= 0xff; i++) {
      tried[last] = (byte) i;
      byte[] plain = tryOpen(counter(next, CLIENT), tried);
      if (plain != null) {
        plain[last] ^= (byte) (i ^ sealed[last]);
        return plain;
      }
    }
    return null;
  }

  /** The end of the tag is missing: there the next record begins, whose length is small. */
  private byte @Nullable [] openWithShortTag(byte[] sealed) throws IOException {
    int end = sealed.length - Integer.BYTES;
    int following = ByteBuffer.wrap(sealed).order(ByteOrder.LITTLE_ENDIAN).getInt(end);
    if (following <= Integer.BYTES + TAG || following > MAX_RECORD) {
      return null;
    }
    byte[] plain = openWithTag(sealed, TAG - Integer.BYTES);
    if (plain != null) {
      raw.unread(sealed, end, Integer.BYTES);
    }
    return plain;
  }

  /** Looks at the first bytes of the tag only. */
  private byte @Nullable [] openWithTag(byte[] sealed, int bytes) throws IOException {
    byte[] plain = withoutTag(counter(next, CLIENT), sealed);
    byte[] right = cipher.crypt(Cipher.ENCRYPT_MODE, counter(next, CLIENT), plain);
    int end = sealed.length - TAG + bytes;
    return Arrays.equals(sealed, 0, end, right, 0, end) ? plain : null;
  }

  private byte @Nullable [] tryOpen(byte[] counter, byte[] sealed) {
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
