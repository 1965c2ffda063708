package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF with HMAC-SHA256 (RFC 5869), which the JDK has only since version 25. */
final class Hkdf {
  static final int HASH_BYTES = 32;
  private static final String HMAC = "HmacSHA256";

  private Hkdf() {}

  static ByteString extract(ByteString salt, ByteString inputKey) {
    return hmac(salt.isEmpty() ? ByteString.copyFrom(new byte[HASH_BYTES]) : salt, inputKey);
  }

  static ByteString expand(ByteString key, ByteString info, int length) {
    ByteString out = ByteString.EMPTY;
    ByteString block = ByteString.EMPTY;
    for (byte counter = 1; out.size() < length; counter++) {
      block = hmac(key, block.concat(info).concat(ByteString.copyFrom(new byte[] {counter})));
      out = out.concat(block);
    }
    return out.substring(0, length);
  }

  static ByteString hmac(ByteString key, ByteString message) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key.toByteArray(), HMAC));
      return ByteString.copyFrom(mac.doFinal(message.toByteArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + HMAC, e);
    }
  }
}
