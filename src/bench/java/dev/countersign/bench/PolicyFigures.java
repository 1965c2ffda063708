package dev.countersign.bench;

import dev.countersign.bench.PolicyDecisionBench.Shape;
import dev.countersign.identity.Principal;
import dev.countersign.policy.PathDecision;
import dev.countersign.policy.Policy;
import dev.countersign.policy.RbacOracle;
import dev.countersign.policy.RecordedCall;
import dev.countersign.policy.RequestHeaders;
import io.grpc.Metadata;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * What a policy costs to load, to hold and to ask, by the processor time of the thread that does it, so that other work on
 * the machine counts less than in {@link PolicyDecisionBench}: the median over many short turns and the best of them.
 */
final class PolicyFigures {
  private static final String BENCH = "policy-load";
  private static final int CALLS = 1024;
  private static final int TURNS = Effort.of(300, 4);
  private static final int LOADS = Effort.of(9, 1);
  private static final int MANY = 100_000;

  /** Where results go, so that nothing is optimised away. */
  private static int allowed;

  private PolicyFigures() {}

  public static void main(String[] args) throws Exception {
    for (int rules : new int[] {10, MANY}) {
      decisions(Shape.EXACT, rules);
      decisions(Shape.ONE_PATH, rules);
    }
    double ours = decisions(Shape.ONE_PATH, 1000);
    decisions(Shape.HEADER, 1000);
    engine(1000, ours);
    load(Shape.EXACT);
    load(Shape.ONE_PATH);
    if (allowed == 0) {
      throw new IllegalStateException("nothing was allowed");
    }
  }

  private static byte[] json(Shape shape, int rules) {
    return PolicyDecisionBench.json(rules, i -> PolicyDecisionBench.rule(shape, i));
  }

  private static double decisions(Shape shape, int rules) {
    Policy policy = Policy.parse("p", json(shape, rules));
    List<List<Principal>> peers = new ArrayList<>();
    List<String> paths = new ArrayList<>();
    List<RequestHeaders> headers = new ArrayList<>();
    List<PathDecision> prepared = new ArrayList<>();
    for (int call = 0; call < CALLS; call++) {
      int i = (int) ((call * 7919L) % rules);
      String tenant = "tenant-" + i;
      peers.add(List.of(Principal.parse("spiffe://example.org/ns/team/sa/w" + i)));
      paths.add(PolicyDecisionBench.path(shape, i));
      headers.add(key -> tenant);
      prepared.add(policy.prepare(peers.get(call), paths.get(call)));
    }
    String name = shape + ", " + rules + " rules: ";
    double uncached = decided(
        name + "uncached",
        shape == Shape.HEADER ? 1000 : 300,
        nanos(10, i -> policy.decide(peers.get(i), paths.get(i), headers.get(i)).allowed()));
    decided(
        name + "prepared",
        shape == Shape.HEADER ? 1000 : 30,
        nanos(100, i -> prepared.get(i).decide(headers.get(i)).allowed()));
    return uncached;
  }

  /** Records the median; the best is what other work on the machine disturbed least. */
  private static double decided(String name, double bar, double[] turns) {
    Figure.of(BENCH, name)
        .measured(Quartiles.of(turns).median(), "ns")
        .atMost(bar)
        .record();
    double best = Arrays.stream(turns).min().orElseThrow();
    Figure.of(BENCH, name + ", best turn").measured(best, "ns").atMost(bar).record();
    return best;
  }

  /** What grpc-java has inside, one path and many principals, the last rule deciding. */
  private static void engine(int rules, double ours) throws Exception {
    RbacOracle engine = RbacOracle.of(Policy.parse("p", json(Shape.ONE_PATH, rules)));
    RecordedCall call = new RecordedCall(
        RecordedCall.certificate(
            "CN=x",
            new GeneralName(
                GeneralName.uniformResourceIdentifier,
                "spiffe://example.org/ns/team/sa/w" + (rules - 1))),
        PolicyDecisionBench.path(Shape.ONE_PATH, rules - 1));
    if (!engine.allows(call, new Metadata())) {
      throw new IllegalStateException("the last rule does not allow");
    }
    double[] turns = nanos(0, i -> engine.allows(call, new Metadata()));
    double best = Arrays.stream(turns).min().orElseThrow();
    Figure.of(BENCH, "engine of grpc-xds, " + rules + " rules of one path, best turn")
        .measured(best, "ns")
        .beside("ours, uncached", best / ours)
        .saneBetween(2, 1e6)
        .ratioAtLeast(1000)
        .record();
  }

  /** Nanoseconds a call: so many times all calls in each turn, or a tenth of them once. */
  private static double[] nanos(int times, IntPredicate decides) {
    double[] turns = new double[TURNS];
    int calls = times == 0 ? CALLS / 10 : CALLS;
    int repeated = Math.max(times, 1);
    for (int turn = 0; turn < TURNS; turn++) {
      long begin = processorNanos();
      for (int repeat = 0; repeat < repeated; repeat++) {
        for (int call = 0; call < calls; call++) {
          allowed += decides.test(call) ? 1 : 0;
        }
      }
      turns[turn] = (processorNanos() - begin) / (double) calls / repeated;
    }
    // The compilers are at work in the first half.
    return Arrays.copyOfRange(turns, TURNS / 2, TURNS);
  }

  private static void load(Shape shape) throws InterruptedException {
    byte[] json = json(shape, MANY);
    double[] millis = new double[LOADS];
    for (int i = 0; i < LOADS; i++) {
      long begin = processorNanos();
      allowed += Policy.parse("p", json).name().length();
      millis[i] = (processorNanos() - begin) / 1e6;
    }
    Figure.of(BENCH, shape + ": load " + MANY + " rules")
        .measured(Quartiles.of(millis).median(), "ms")
        .atMost(1000)
        .record();
    long before = held();
    Policy policy = Policy.parse("p", json);
    double bytes = (held() - before) / (double) MANY;
    allowed += policy.name().length();
    double text = 0;
    for (int i = 0; i < MANY; i++) {
      text += ("rule-" + i + "spiffe://example.org/ns/team/sa/w" + i).length();
      text += shape == Shape.EXACT ? PolicyDecisionBench.path(shape, i).length() : 0;
    }
    Figure.of(BENCH, shape + ": held for a rule beyond its text")
        .measured(bytes - text / MANY, "bytes")
        .atMost(100)
        .record();
  }

  private static long held() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
