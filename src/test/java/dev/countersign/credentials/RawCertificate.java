package dev.countersign.credentials;

import java.io.ByteArrayOutputStream;
import java.security.PublicKey;
import java.security.cert.Certificate;

/** Bytes where a certificate is expected, as a TLS library hands them on. */
final class RawCertificate extends Certificate {
  private static final long serialVersionUID = 1;

  private final byte[] bytes;

  RawCertificate(byte[] bytes) {
    super("X.509");
    this.bytes = bytes.clone();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @Override
  public byte[] getEncoded() {
    return bytes.clone();
  }

  @Override
  public void verify(PublicKey key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void verify(PublicKey key, String provider) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }

  @Override
  public PublicKey getPublicKey() {
    throw new UnsupportedOperationException();
  }
}
