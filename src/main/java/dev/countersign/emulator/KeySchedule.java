package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The keys of one handshake: all come from the emulators' secret, and from the second frame on also from what the two
 * ephemeral keys agree on and from every byte that was sent before.
 */
final class KeySchedule {
  /** What {@code ALTSRP_GCM_AES128_REKEY} needs: a 32-byte key to derive AES keys from and a 12-byte nonce mask. */
  static final int RECORD_KEY_BYTES = 44;

  private static final ByteString SALT = ascii("countersign emulated handshake 1");

  private final ByteString master;

  private KeySchedule(ByteString master) {
    this.master = master;
  }

  /** The keys before anything was agreed on. */
  static KeySchedule of(Secret secret) {
    return new KeySchedule(Hkdf.extract(SALT, secret.bytes()));
  }

  /** The keys after the two sides agreed on a shared value. */
  KeySchedule with(ByteString shared) {
    return new KeySchedule(Hkdf.extract(master, shared));
  }

  ByteString clientHelloKey() {
    return key("client hello", ByteString.EMPTY, Hkdf.HASH_BYTES);
  }

  ByteString serverHelloKey(ByteString transcript) {
    return key("server hello", transcript, Hkdf.HASH_BYTES);
  }

  ByteString clientFinishedKey(ByteString transcript) {
    return key("client finished", transcript, Hkdf.HASH_BYTES);
  }

  ByteString recordKey(ByteString transcript) {
    return key("record key", transcript, RECORD_KEY_BYTES);
  }

  private ByteString key(String label, ByteString transcript, int length) {
    return Hkdf.expand(master, ascii(label).concat(sha256(transcript)), length);
  }

  private static ByteString ascii(String text) {
    return ByteString.copyFrom(text, StandardCharsets.US_ASCII);
  }

  private static ByteString sha256(ByteString bytes) {
    try {
      return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
