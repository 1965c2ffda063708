package dev.countersign.assessment;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The records of one ALTS connection, client side: {@code ALTSRP_GCM_AES128_REKEY}, written by hand so that they can be
 * spoiled. A record is its length and its type, 4 bytes each in little-endian order, and ciphertext with its tag. The key
 * is derived anew from the counter's bytes 2 to 7, and the nonce is the counter under a mask.
 */
final class AltsRecords {
  static final int DATA = 6;
  static final int KEY_BYTES = 44;

  private static final int KDF_KEY_BYTES = 32;
  static final int COUNTER_BYTES = 12;
  private static final byte SERVER = (byte) 0x80;
  private static final int AES_BYTES = 16;
  private static final int TAG_BITS = 128;
  private static final int TYPE_BYTES = 4;
  private static final int MAX_PLAIN = 8 * 1024;
  private static final int MAX_RECORD = 1 << 20;

  private final byte[] key;
  private final byte[] sealed = new byte[COUNTER_BYTES];
  private final byte[] opened = new byte[COUNTER_BYTES];

  AltsRecords(byte[] keyData) {
    key = Arrays.copyOf(keyData, KEY_BYTES);
    // The server's counters are told from the client's by the highest bit.
    opened[COUNTER_BYTES - 1] = SERVER;
  }

  /** The next record of ours. */
  byte[] seal(byte[] plain) throws IOException {
    return record(DATA, crypt(Cipher.ENCRYPT_MODE, sealed, plain));
  }

  /** A record as only the server would seal it, which is what a reflected one is. */
  byte[] sealAsServer(byte[] plain) throws IOException {
    byte[] counter = new byte[COUNTER_BYTES];
    counter[COUNTER_BYTES - 1] = SERVER;
    return record(DATA, crypt(Cipher.ENCRYPT_MODE, counter, plain));
  }

  /** Any record, with a length that fits. */
  static byte[] record(int type, byte[] content) {
    return record(type, content.length + TYPE_BYTES, content);
  }

  static byte[] record(int type, int length, byte[] content) {
    return ByteBuffer.allocate(2 * Integer.BYTES + content.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(length)
        .putInt(type)
        .put(content)
        .array();
  }

  /** Everything that is written, in records. */
  OutputStream over(OutputStream out) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int done = 0; done < length; done += MAX_PLAIN) {
          int from = offset + done;
          int to = offset + Math.min(length, done + MAX_PLAIN);
          out.write(seal(Arrays.copyOfRange(bytes, from, to)));
        }
      }

      @Override
      public void flush() throws IOException {
        out.flush();
      }
    };
  }

  /** What the peer's records hold. */
  InputStream over(InputStream in) {
    return new Opened(new DataInputStream(in));
  }

  private final class Opened extends InputStream {
    private final DataInputStream records;
    private ByteBuffer plain = ByteBuffer.allocate(0);

    private Opened(DataInputStream records) {
      this.records = records;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (!plain.hasRemaining()) {
        byte[] header = records.readNBytes(2 * Integer.BYTES);
        if (header.length < 2 * Integer.BYTES) {
          return -1;
        }
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        int size = fields.getInt() - TYPE_BYTES;
        if (size < TAG_BITS / Byte.SIZE || size > MAX_RECORD || fields.getInt() != DATA) {
          throw new ProtocolException("the target's record is not one of ALTS");
        }
        byte[] content = records.readNBytes(size);
        if (content.length < size) {
          return -1;
        }
        plain = ByteBuffer.wrap(crypt(Cipher.DECRYPT_MODE, opened, content));
      }
      int count = Math.min(length, plain.remaining());
      plain.get(bytes, offset, count);
      return count;
    }
  }

  /** The nonce of a record: its counter under the mask. */
  byte[] nonce(byte[] counter) {
    byte[] nonce = new byte[COUNTER_BYTES];
    for (int i = 0; i < COUNTER_BYTES; i++) {
      nonce[i] = (byte) (counter[i] ^ key[KDF_KEY_BYTES + i]);
    }
    return nonce;
  }

  /** Seals or opens by a counter, which then is the next one's. */
  byte[] crypt(int mode, byte[] counter, byte[] text) throws IOException {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          mode,
          new SecretKeySpec(derive(counter), "AES"),
          new GCMParameterSpec(TAG_BITS, nonce(counter)));
      byte[] result = cipher.doFinal(text);
      increment(counter);
      return result;
    } catch (GeneralSecurityException e) {
      ProtocolException failure = new ProtocolException("a record cannot be sealed or opened");
      failure.initCause(e);
      throw failure;
    }
  }

  /** The AES key of a record. */
  byte[] derive(byte[] counter) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, 0, KDF_KEY_BYTES, "HmacSHA256"));
    mac.update(counter, 2, 6);
    mac.update((byte) 1);
    return Arrays.copyOf(mac.doFinal(), AES_BYTES);
  }

  static void increment(byte[] counter) {
    int i = 0;
    do {
      counter[i]++;
    } while (counter[i++] == 0);
  }
}
