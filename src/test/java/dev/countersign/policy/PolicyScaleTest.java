package dev.countersign.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyScaleTest {
  private static final int LIST = 60;

  @ParameterizedTest
  @ValueSource(ints = {10, 1_000, 20_000})
  void looksOnceWhateverTheNumberOfExactRules(int count) {
    Policy paths = policy(count, i -> rule("spiffe://example.org/" + i, "/S/M" + i, ""));
    Policy onePath = policy(count, i -> rule("spiffe://example.org/" + i, "/S/M", ""));
    Policy onePrincipal = policy(count, i -> rule("spiffe://example.org/a", "/S/M" + i, ""));
    String last = "spiffe://example.org/" + (count - 1);

    assertThat(search(paths, last, "/S/M" + (count - 1)).looks()).isEqualTo(1);
    assertThat(search(onePath, last, "/S/M").looks()).isEqualTo(1);
    assertThat(
            search(onePrincipal, "spiffe://example.org/a", "/S/M" + (count - 1)).rule())
        .isEqualTo(count - 1);
    assertThat(search(onePrincipal, "spiffe://example.org/a", "/S/M0").looks()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 1_000, 20_000})
  void looksOnceForEachNestedPatternWhateverTheNumberOfPrefixes(int count) {
    Policy policy =
        policy(count, i -> rule("spiffe://example.org/" + i + "/*", "/S" + i + "/*", ""));

    Search search = search(policy, "spiffe://example.org/7/x", "/S7/M");

    assertThat(search.rule()).isEqualTo(7);
    assertThat(search.looks()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 1_000, 20_000})
  void asksForOneHeaderOnceWhateverTheNumberOfHeaderRules(int count) {
    Policy policy = policy(count, i -> rule("*", "/S/M", "tenant-" + i));
    PathDecision decision = policy.prepareNames(List.of("a.example"), "/S/M");
    List<String> asked = new ArrayList<>();

    Decision made = decision.decide(key -> {
      asked.add(key);
      return "tenant-" + (count - 1);
    });

    assertThat(made.rule()).isEqualTo("r" + (count - 1));
    // Once to find the rule, once to make sure of it.
    assertThat(asked).hasSize(2).containsOnly("tenant");
  }

  @Test
  void keepsRulesWithManyPrincipalsAndManyPathsOutOfTheTableOfPairs() {
    Policy policy = Policies.parse("{\"name\":\"p\",\"allow_rules\":[" + wide("first", "a", "")
        + "," + wide("second", "b", ",\"headers\":[{\"key\":\"k\",\"values\":[\"v\"]}]")
        + "," + wide("third", "b", "") + "]}");

    Decision first = decide(policy, "spiffe://example.org/a59", "/a/59", RequestHeaders.NONE);
    Decision second = decide(policy, "spiffe://example.org/b0", "/b/59", key -> "v");
    Decision third = decide(policy, "spiffe://example.org/b0", "/b/59", RequestHeaders.NONE);
    Decision none = decide(policy, "spiffe://example.org/a0", "/b/0", key -> "v");

    assertThat(first.rule()).isEqualTo("first");
    assertThat(second.rule()).isEqualTo("second");
    assertThat(third.rule()).isEqualTo("third");
    assertThat(none.rule()).isNull();
  }

  @Test
  void decidingAllocatesNothing() {
    Policy policy = policy(1_000, i -> rule("*", "/S/M", "tenant-" + i));
    PathDecision open = policy.prepareNames(List.of("a.example"), "/S/M");
    PathDecision fixed = policy.prepareNames(List.of("a.example"), "/S/Other");
    RequestHeaders headers = key -> "tenant-999";

    long warmed = allocatedBy(() -> {
      decideOften(open, headers);
      decideOften(fixed, headers);
    });
    long allocated = allocatedBy(() -> {
      decideOften(open, headers);
      decideOften(fixed, headers);
    });

    assertThat(warmed).isGreaterThan(0);
    // Reading the counter costs a few bytes itself; one byte a decision would be 20,000.
    assertThat(allocated).isLessThan(2_000);
  }

  private static void decideOften(PathDecision decision, RequestHeaders headers) {
    for (int i = 0; i < 10_000; i++) {
      Objects.requireNonNull(decision.decide(headers));
    }
  }

  private static long allocatedBy(Runnable work) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    work.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private static Search search(Policy policy, String name, String path) {
    return policy.index().search(List.of(name), path);
  }

  private static Decision decide(Policy policy, String name, String path, RequestHeaders headers) {
    return policy.prepareNames(List.of(name), path).decide(headers);
  }

  private static Policy policy(int count, IntFunction<String> rule) {
    return Policies.parse("{\"name\":\"p\",\"allow_rules\":["
        + IntStream.range(0, count)
            .mapToObj(i -> "{\"name\":\"r" + i + "\"," + rule.apply(i))
            .collect(Collectors.joining(","))
        + "]}");
  }

  private static String rule(String principal, String path, String header) {
    String headers = header.isEmpty()
        ? ""
        : ",\"headers\":[{\"key\":\"tenant\",\"values\":[\"" + header + "\"]}]";
    return "\"source\":{\"principals\":[\"" + principal + "\"]},\"request\":{\"paths\":[\"" + path
        + "\"]" + headers + "}}";
  }

  private static String wide(String name, String letter, String headers) {
    return "{\"name\":\"" + name + "\",\"source\":{\"principals\":["
        + IntStream.range(0, LIST)
            .mapToObj(i -> "\"spiffe://example.org/" + letter + i + "\"")
            .collect(Collectors.joining(","))
        + "]},\"request\":{\"paths\":["
        + IntStream.range(0, LIST)
            .mapToObj(i -> "\"/" + letter + "/" + i + "\"")
            .collect(Collectors.joining(","))
        + "]" + headers + "}}";
  }
}
