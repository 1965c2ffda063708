package dev.countersign.bench;

import dev.countersign.bench.Figure.Curve;
import dev.countersign.bench.PolicyDecisionBench.Shape;
import dev.countersign.identity.Principal;
import dev.countersign.pem.CompactCrl;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import dev.countersign.policy.Policy;
import dev.countersign.policy.RequestHeaders;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** How loading, memory and one decision grow with rules, with identities that a rule names, and with revoked certificates. */
final class GrowthOfInputs {
  private static final String BENCH = "growth";
  private static final int[] COUNTS = {10_000, 25_000, 50_000, 100_000};
  private static final int DECISIONS = Effort.of(2_000_000, 20_000);
  private static final int ROUNDS = 5;
  private static final RequestHeaders NONE = key -> null;

  private GrowthOfInputs() {}

  static void run() throws Exception {
    // Compiled before the first is measured.
    policy("warm-up", COUNTS[0], rules(COUNTS[0]));
    double[] byRules = new double[COUNTS.length];
    double[] byIdentities = new double[COUNTS.length];
    double[] byRevoked = new double[COUNTS.length];
    for (int i = 0; i < COUNTS.length; i++) {
      byRules[i] = policy("rules", COUNTS[i], rules(COUNTS[i]));
      byIdentities[i] = policy("identities of one rule", COUNTS[i], identities(COUNTS[i]));
      byRevoked[i] = revoked(COUNTS[i]);
    }
    flat("a decision by rules", byRules);
    flat("a decision by identities", byIdentities);
    flat("a look-up by revoked certificates", byRevoked);
  }

  private static void flat(String what, double[] nanos) {
    double last = nanos[nanos.length - 1];
    Figure.of(BENCH, what + ", 100,000")
        .measured(last, "ns")
        .beside("10,000", last / nanos[0])
        .record();
  }

  /** Every rule with a path and a principal of its own. */
  private static byte[] rules(int count) {
    return PolicyDecisionBench.json(count, i -> PolicyDecisionBench.rule(Shape.EXACT, i));
  }

  /** One rule for all. */
  private static byte[] identities(int count) {
    StringBuilder principals = new StringBuilder();
    for (int i = 0; i < count; i++) {
      principals.append(i == 0 ? "\"" : ",\"").append(principal(i)).append('"');
    }
    return ("{\"name\":\"bench\",\"allow_rules\":[{\"name\":\"all\",\"source\":{\"principals\":["
            + principals + "]}}]}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String principal(int i) {
    return "spiffe://example.org/ns/team/sa/w" + i;
  }

  /** Nanoseconds of a decision. */
  private static double policy(String what, int count, byte[] json) {
    double[] millis = new double[ROUNDS];
    Policy policy = Policy.parse("p", json);
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      policy = Policy.parse("p", json);
      millis[round] = (System.nanoTime() - begin) / 1e6;
    }
    List<List<Principal>> peers = new ArrayList<>();
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < 1024; i++) {
      int rule = (int) ((long) i * 7919 % count);
      peers.add(List.of(Principal.parse(principal(rule))));
      paths.add(PolicyDecisionBench.path(Shape.EXACT, rule));
    }
    double[] nanos = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      int allowed = 0;
      long begin = System.nanoTime();
      for (int i = 0; i < DECISIONS; i++) {
        int call = i & 1023;
        allowed += policy.decide(peers.get(call), paths.get(call), NONE).allowed() ? 1 : 0;
      }
      nanos[round] = (double) (System.nanoTime() - begin) / DECISIONS;
      if (allowed != DECISIONS) {
        throw new IllegalStateException(DECISIONS - allowed + " calls were denied");
      }
    }
    if (!what.equals("warm-up")) {
      Figure.point(
          new Curve(BENCH, "ms to load, by entries", what),
          count,
          Quartiles.of(millis).median());
      Figure.point(
          new Curve(BENCH, "ns of a decision or look-up, by entries", what),
          count,
          Quartiles.of(nanos).median());
    }
    return Quartiles.of(nanos).median();
  }

  /** Nanoseconds of a look-up. */
  private static double revoked(int count) throws Exception {
    ForgedCertificate authority =
        CertificateForge.at(InstantSource.system()).root("CN=Bench").selfSigned();
    List<BigInteger> serials = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      serials.add(
          BigInteger.valueOf(i).multiply(BigInteger.valueOf(0x5deece66dL)).setBit(80));
    }
    byte[] pem = ForgedCrl.ofSerials(authority, InstantSource.system().instant(), serials)
        .getBytes(StandardCharsets.US_ASCII);
    double[] millis = new double[ROUNDS];
    CompactCrl list = CompactCrl.parse("bench", pem);
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      list = CompactCrl.parse("bench", pem);
      list.verify(authority.certificate().getPublicKey());
      millis[round] = (System.nanoTime() - begin) / 1e6;
    }
    double[] nanos = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      int found = 0;
      long begin = System.nanoTime();
      for (int i = 0; i < DECISIONS; i++) {
        found += list.contains(serials.get((int) ((long) i * 7919 % count))) ? 1 : 0;
      }
      nanos[round] = (double) (System.nanoTime() - begin) / DECISIONS;
      if (found != DECISIONS) {
        throw new IllegalStateException(DECISIONS - found + " revoked serials were not found");
      }
    }
    Figure.point(
        new Curve(BENCH, "ms to load, by entries", "revoked certificates"),
        count,
        Quartiles.of(millis).median());
    Figure.point(
        new Curve(BENCH, "ns of a decision or look-up, by entries", "revoked certificates"),
        count,
        Quartiles.of(nanos).median());
    return Quartiles.of(nanos).median();
  }
}
