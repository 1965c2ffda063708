package dev.countersign.platform;

import dev.countersign.platform.AltsVerdict.Reason;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the handshake with ourselves ended.
 *
 * @param account who was proved; null if nobody
 * @param obstacle why nobody was; null if somebody was, or it was not tried
 * @param found what happened, for people
 * @param millis how long it took
 */
record ProofResult(@Nullable String account, @Nullable Reason obstacle, String found, long millis) {
  static final ProofResult NOT_TRIED = new ProofResult(null, null, "not tried", 0);
  private static final long NANOS_PER_MILLI = 1_000_000;

  static ProofResult of(AltsProof proof, String handshaker, Duration limit) {
    long begin = System.nanoTime();
    try {
      String account = proof.accountProvedBy(handshaker, limit);
      return new ProofResult(
          account, null, "completed with ourselves through " + handshaker, since(begin));
    } catch (AltsProofException e) {
      return new ProofResult(null, e.reason(), String.valueOf(e.getMessage()), since(begin));
    }
  }

  static ProofResult silent(String handshaker, Duration limit) {
    return new ProofResult(
        null,
        Reason.HANDSHAKER_SILENT,
        "the handshaker at " + handshaker + " did not answer within " + limit.toMillis() + " ms",
        limit.toMillis());
  }

  private static long since(long begin) {
    return (System.nanoTime() - begin) / NANOS_PER_MILLI;
  }
}
