package dev.countersign.bench;

import dev.countersign.pem.CompactCrl;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A revocation list with 100,000 entries (an argument changes the number): how long it takes to load and to verify, what
 * it weighs in memory, and what a look-up costs for serials that are in it and that are not.
 */
public final class RevocationListBench {
  private static final int LOOKUPS = Effort.of(5_000_000, 100_000);
  private static final int ROUNDS = 3;

  private RevocationListBench() {}

  /** Runs it once. */
  public static void main(String[] args) throws Exception {
    int entries = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    Instant now = InstantSource.system().instant();
    ForgedCertificate authority =
        CertificateForge.at(InstantSource.system()).root("CN=Bench").selfSigned();
    SplittableRandom random = new SplittableRandom(1);
    List<BigInteger> revoked = new ArrayList<>();
    List<BigInteger> others = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      revoked.add(serial(random));
      others.add(serial(random));
    }
    byte[] pem = ForgedCrl.ofSerials(authority, now, revoked).getBytes(StandardCharsets.US_ASCII);

    long before = usedBytes();
    long begin = System.nanoTime();
    CompactCrl list = CompactCrl.parse("bench", pem);
    long parsed = System.nanoTime();
    list.verify(authority.certificate().getPublicKey());
    long verified = System.nanoTime();
    long weight = usedBytes() - before;
    System.out.printf(
        "%d entries: %d KiB of PEM, parsed in %d ms, signature in %d ms, %d KiB in memory%n",
        list.size(),
        pem.length >> 10,
        (parsed - begin) / 1_000_000,
        (verified - parsed) / 1_000_000,
        weight >> 10);
    Figure.of("crl", entries + " entries: parsed and verified")
        .measured((verified - begin) / 1e6, "ms")
        .record();
    Figure.of("crl", entries + " entries: memory for each")
        .measured((double) weight / entries, "bytes")
        .record();
    double[] listed = new double[ROUNDS];
    double[] unlisted = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      listed[round] = lookUp(list, revoked, true);
      unlisted[round] = lookUp(list, others, false);
    }
    Figure.of("crl", entries + " entries: look-up of one that is revoked")
        .measured(Quartiles.of(listed).median(), "ns")
        .record();
    Figure.of("crl", entries + " entries: look-up of one that is not")
        .measured(Quartiles.of(unlisted).median(), "ns")
        .record();
  }

  private static BigInteger serial(SplittableRandom random) {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    bytes[0] &= 0x7f;
    return new BigInteger(1, bytes).setBit(0);
  }

  private static long lookUp(CompactCrl list, List<BigInteger> serials, boolean expected) {
    int wrong = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < LOOKUPS; i++) {
      wrong += list.contains(serials.get(i % serials.size())) == expected ? 0 : 1;
    }
    long nanos = (System.nanoTime() - begin) / LOOKUPS;
    if (wrong > 0) {
      throw new IllegalStateException(wrong + " wrong answers");
    }
    return nanos;
  }

  private static long usedBytes() {
    for (int i = 0; i < ROUNDS; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
