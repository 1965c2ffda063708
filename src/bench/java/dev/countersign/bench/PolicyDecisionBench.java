package dev.countersign.bench;

import dev.countersign.identity.Principal;
import dev.countersign.policy.Decision;
import dev.countersign.policy.PathDecision;
import dev.countersign.policy.Policy;
import dev.countersign.policy.RbacOracle;
import dev.countersign.policy.RecordedCall;
import dev.countersign.policy.RequestHeaders;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.x509.GeneralName;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One authorization decision, uncached, by the number and the shape of the rules; the engine that grpc-java has inside
 * stands beside it. The last rule decides. Peers and paths change from call to call, so that caches of the processor
 * are not warmer than they would be.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PolicyDecisionBench {

  /** What the rules look like. */
  public enum Shape {
    /** Every rule has its own path and its own principal. */
    EXACT,
    /** One path, every rule its own principal. */
    ONE_PATH,
    /** Every rule has its own prefixes. */
    PREFIX,
    /** Same path for all; a header's value tells. */
    HEADER
  }

  /** A policy and calls. */
  @State(Scope.Benchmark)
  public static class Compiled {
    private static final int CALLS = 1024;

    @Param({"10", "1000", "100000"})
    int rules;

    @Param({"EXACT", "ONE_PATH", "PREFIX", "HEADER"})
    Shape shape;

    byte[] json = new byte[0];
    Policy policy = Policy.parse("p", json(1, i -> rule(Shape.EXACT, i)));
    List<List<Principal>> peers = List.of();
    List<String> paths = List.of();
    List<RequestHeaders> headers = List.of();
    PathDecision cached = policy.prepare(List.of(), "/S/M");
    int next;

    @Setup
    public void compile() {
      json = json(rules, i -> rule(shape, i));
      policy = Policy.parse("p", json);
      peers = calls(i -> List.of(Principal.parse("spiffe://example.org/ns/team/sa/w" + i)));
      paths = calls(i -> path(shape, i) + (shape == Shape.PREFIX ? "Method" : ""));
      headers = calls(i -> {
        String value = "tenant-" + i;
        return key -> value;
      });
      cached = policy.prepare(peers.get(0), paths.get(0));
      for (int i = 0; i < CALLS; i++) {
        Decision decision = policy.decide(peers.get(i), paths.get(i), headers.get(i));
        if (!decision.allowed()) {
          throw new IllegalStateException("call " + i + " is denied: " + decision.reason());
        }
      }
    }

    private <T> List<T> calls(IntFunction<T> call) {
      return IntStream.range(0, CALLS)
          .map(i -> (int) (((long) i * 7919) % rules))
          .mapToObj(call)
          .collect(Collectors.toList());
    }

    int next() {
      return next++ & (CALLS - 1);
    }
  }

  /** The same rules in the engine of grpc-java. */
  @State(Scope.Benchmark)
  public static class Unpublished {
    @Param({"10", "1000"})
    int rules;

    @Param({"EXACT", "ONE_PATH"})
    Shape shape;

    RbacOracle engine = RbacOracle.of(Policy.parse("p", json(1, i -> rule(Shape.EXACT, i))));
    List<RecordedCall> calls = List.of();

    @Setup
    public void translate() throws Exception {
      engine = RbacOracle.of(Policy.parse("p", json(rules, i -> rule(shape, i))));
      int last = rules - 1;
      calls = List.of(new RecordedCall(
          RecordedCall.certificate(
              "CN=x",
              new GeneralName(
                  GeneralName.uniformResourceIdentifier,
                  "spiffe://example.org/ns/team/sa/w" + last)),
          path(shape, last)));
      if (!engine.allows(calls.get(0), new Metadata())) {
        throw new IllegalStateException("the last rule does not allow");
      }
    }
  }

  /** What a policy costs to load. */
  @State(Scope.Benchmark)
  public static class Text {
    final byte[] json = json(100_000, i -> rule(Shape.EXACT, i));
  }

  /** Nothing known but the peer's identity. */
  @Benchmark
  public Decision uncached(Compiled on) {
    int i = on.next();
    return on.policy.decide(on.peers.get(i), on.paths.get(i), on.headers.get(i));
  }

  /** Connection and method seen before, as the guard has it. */
  @Benchmark
  public Decision prepared(Compiled on) {
    return on.cached.decide(on.headers.get(0));
  }

  /** The baseline. */
  @Benchmark
  public boolean unpublishedEngine(Unpublished on) {
    return on.engine.allows(on.calls.get(0), new Metadata());
  }

  /** Reading and compiling 100,000 exact rules. */
  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public Policy load(Text on) {
    return Policy.parse("p", on.json);
  }

  static byte[] json(int count, IntFunction<String> rule) {
    String rules = IntStream.range(0, count).mapToObj(rule).collect(Collectors.joining(",\n"));
    return ("{\"name\":\"bench\",\"allow_rules\":[" + rules + "]}")
        .getBytes(StandardCharsets.UTF_8);
  }

  static String rule(Shape shape, int i) {
    String principal = switch (shape) {
      case EXACT, ONE_PATH -> "spiffe://example.org/ns/team/sa/w" + i;
      case PREFIX, HEADER -> "spiffe://example.org/ns/team/*";
    };
    String star = shape == Shape.PREFIX ? "*" : "";
    String headers = shape == Shape.HEADER
        ? ",\"headers\":[{\"key\":\"x-tenant\",\"values\":[\"tenant-" + i + "\"]}]"
        : "";
    return "{\"name\":\"rule-" + i + "\",\"source\":{\"principals\":[\"" + principal
        + "\"]},\"request\":{\"paths\":[\"" + path(shape, i) + star + "\"]" + headers + "}}";
  }

  static String path(Shape shape, int i) {
    return switch (shape) {
      case EXACT -> "/pkg.Service" + i + "/Method";
      case PREFIX -> "/pkg.Service" + i + "/";
      case ONE_PATH, HEADER -> "/pkg.Service/Method";
    };
  }
}
