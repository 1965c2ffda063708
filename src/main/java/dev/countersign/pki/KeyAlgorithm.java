package dev.countersign.pki;

import dev.countersign.pki.PkiException.Reason;
import dev.countersign.text.Quoted;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.interfaces.ECKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;

/** The kinds of keys that are made here; weaker ones are refused. */
public enum KeyAlgorithm {
  /** ECDSA over P-256, the default. */
  ECDSA_P256("ecdsa-p256"),
  /** ECDSA over P-384. */
  ECDSA_P384("ecdsa-p384"),
  /** RSA with 3,072 bits, for peers that cannot do better. */
  RSA_3072("rsa-3072");

  private static final int P384_BITS = 384;

  private final String label;

  KeyAlgorithm(String label) {
    this.label = label;
  }

  /** The name that a person writes, such as {@code ecdsa-p256}. */
  public String label() {
    return label;
  }

  /**
   * The kind with this label.
   *
   * @throws PkiException if there is none
   */
  public static KeyAlgorithm parse(String label) throws PkiException {
    for (KeyAlgorithm kind : values()) {
      if (kind.label.equals(label)) {
        return kind;
      }
    }
    throw new PkiException(
        Reason.WEAK_KEY,
        "key algorithm " + Quoted.of(label)
            + " is not offered (ecdsa-p256, ecdsa-p384 or rsa-3072)");
  }

  KeyPair generate() {
    AlgorithmParameterSpec shape = switch (this) {
      case ECDSA_P256 -> new ECGenParameterSpec("secp256r1");
      case ECDSA_P384 -> new ECGenParameterSpec("secp384r1");
      case RSA_3072 -> new RSAKeyGenParameterSpec(3072, RSAKeyGenParameterSpec.F4);
    };
    return generate(this == RSA_3072 ? "RSA" : "EC", shape);
  }

  static KeyPair generate(String family, AlgorithmParameterSpec shape) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(family);
      generator.initialize(shape);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("this JDK cannot make a key of kind " + family, e);
    }
  }

  /** The algorithm that a key signs certificates with, as strong as the key. */
  static String signatureFor(PrivateKey key) throws GeneralSecurityException {
    return switch (key.getAlgorithm()) {
      case "EC" ->
        ((ECKey) key).getParams().getOrder().bitLength() >= P384_BITS
            ? "SHA384withECDSA"
            : "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      case "Ed25519", "EdDSA" -> "Ed25519";
      default -> throw new NoSuchAlgorithmException("no signature for " + key.getAlgorithm());
    };
  }
}
