package dev.countersign.emulator;

import com.google.protobuf.ByteString;
import dev.countersign.emulator.HandshakeRefused.Reason;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import javax.crypto.KeyAgreement;

/** One side's X25519 key (RFC 7748), made for one handshake. */
final class EphemeralKey {
  static final int PUBLIC_BYTES = 32;
  private static final String ALGORITHM = "X25519";

  /** What stands before the 32 bytes in the SubjectPublicKeyInfo of an X25519 key (RFC 8410 section 4). */
  private static final ByteString DER_PREFIX =
      ByteString.copyFrom(HexFormat.of().parseHex("302a300506032b656e032100"));

  private final KeyPair pair;

  private EphemeralKey(KeyPair pair) {
    this.pair = pair;
  }

  static EphemeralKey generate() {
    try {
      return new EphemeralKey(KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + ALGORITHM, e);
    }
  }

  /** The public half, as RFC 7748 writes it. */
  ByteString publicBytes() {
    return ByteString.copyFrom(pair.getPublic().getEncoded()).substring(DER_PREFIX.size());
  }

  /**
   * What both sides can compute and nobody else.
   *
   * @throws HandshakeRefused if the peer's key is one that makes the result independent of ours
   */
  ByteString agree(ByteString peerPublicBytes) throws HandshakeRefused {
    try {
      PublicKey peer = KeyFactory.getInstance(ALGORITHM)
          .generatePublic(
              new X509EncodedKeySpec(DER_PREFIX.concat(peerPublicBytes).toByteArray()));
      KeyAgreement agreement = KeyAgreement.getInstance(ALGORITHM);
      agreement.init(pair.getPrivate());
      agreement.doPhase(peer, true);
      return ByteString.copyFrom(agreement.generateSecret());
    } catch (InvalidKeyException e) {
      throw new HandshakeRefused(
          Reason.MALFORMED_FRAME, "the peer's public key has a small order", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java cannot agree on a key with " + ALGORITHM, e);
    }
  }
}
