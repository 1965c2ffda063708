package dev.countersign.pki;

import java.math.BigInteger;
import java.security.SecureRandom;

/** Serial numbers that nobody can guess: 128 random bits (RFC 5280 section 4.1.2.2 allows 159). */
final class Serials {
  private static final int BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Serials() {}

  static BigInteger next() {
    // One bit is always set, so that the number is positive and has its full length.
    return new BigInteger(BITS, RANDOM).setBit(BITS - 1);
  }
}
