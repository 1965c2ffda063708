package dev.countersign.pem;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Whether a private key belongs to a public one. */
public final class KeyMatch {
  private static final byte[] PROBE =
      "countersign: do these two keys belong together?".getBytes(StandardCharsets.US_ASCII);

  private KeyMatch() {}

  /** Whether what the private key signs is what the public key verifies; false for keys of unknown kinds. */
  public static boolean matches(PrivateKey privateKey, PublicKey publicKey) {
    try {
      Signature signer = Signature.getInstance(algorithm(privateKey.getAlgorithm()));
      signer.initSign(privateKey);
      signer.update(PROBE);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(signer.getAlgorithm());
      verifier.initVerify(publicKey);
      verifier.update(PROBE);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static String algorithm(String kind) {
    return switch (kind) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      default -> kind;
    };
  }
}
