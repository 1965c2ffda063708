package dev.countersign.pki;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.util.List;
import java.util.Optional;

/** Whether a public key is of a kind and size that is accepted: P-256, P-384, or RSA of 3,072 to 8,192 bits. */
final class KeyStrength {
  private static final int MIN_RSA = 3072;
  private static final int MAX_RSA = 8192;
  private static final BigInteger F4 = BigInteger.valueOf(65537);
  private static final String ALLOWED = "(P-256, P-384, or RSA of 3072 to 8192 bits)";

  private KeyStrength() {}

  /** What is wrong with the key; empty if nothing is. */
  static Optional<String> problemOf(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      return problemOf(rsa);
    }
    if (key instanceof ECPublicKey ec) {
      boolean known = isCurve(ec.getParams(), "secp256r1") || isCurve(ec.getParams(), "secp384r1");
      return known ? Optional.empty() : Optional.of("is on another curve " + ALLOWED);
    }
    return Optional.of("is of another kind: " + key.getAlgorithm() + " " + ALLOWED);
  }

  /** A short name of the key's kind, such as {@code EC P-256} or {@code RSA 3072}. */
  static String describe(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      return "RSA " + rsa.getModulus().bitLength();
    }
    if (key instanceof ECPublicKey ec) {
      for (String bits : List.of("256", "384", "521")) {
        if (isCurve(ec.getParams(), "secp" + bits + "r1")) {
          return "EC P-" + bits;
        }
      }
      return "EC " + ec.getParams().getOrder().bitLength() + " bits";
    }
    return key.getAlgorithm();
  }

  private static Optional<String> problemOf(RSAPublicKey key) {
    int bits = key.getModulus().bitLength();
    if (bits < MIN_RSA || bits > MAX_RSA) {
      return Optional.of("has " + bits + " bits of RSA " + ALLOWED);
    }
    BigInteger exponent = key.getPublicExponent();
    boolean fine = exponent.testBit(0) && exponent.compareTo(F4) >= 0 && exponent.bitLength() <= 64;
    return fine ? Optional.empty() : Optional.of("has an unusual RSA exponent (expected 65537)");
  }

  private static boolean isCurve(ECParameterSpec curve, String name) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(name));
      ECParameterSpec known = parameters.getParameterSpec(ECParameterSpec.class);
      return known.getCurve().equals(curve.getCurve())
          && known.getGenerator().equals(curve.getGenerator())
          && known.getOrder().equals(curve.getOrder());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
