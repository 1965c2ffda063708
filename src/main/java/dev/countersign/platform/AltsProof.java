package dev.countersign.platform;

import java.time.Duration;

/** A complete ALTS handshake of this workload with itself, both sides through the handshaker. */
@FunctionalInterface
public interface AltsProof {
  /**
   * Completes one handshake.
   *
   * @param handshaker where the handshaker is, {@code HOST:PORT}
   * @param limit how long it may take
   * @return the account that both sides proved
   * @throws AltsProofException if it cannot be completed
   */
  String accountProvedBy(String handshaker, Duration limit) throws AltsProofException;
}
