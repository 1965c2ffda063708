package dev.countersign.policy;

import dev.countersign.fuzz.Claims;
import dev.countersign.fuzz.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@link PolicyTests}: whatever table was read can be run, and its report shown. */
public final class PolicyTestsTarget implements Target {
  private final Policy policy = Policy.parse("policy", """
      {"name":"p","allow_rules":[{"name":"r","source":{"principals":["spiffe://example.org/a"]},
      "request":{"paths":["/S/M"],"headers":[{"key":"k","values":["v"]}]}}]}
      """.getBytes(StandardCharsets.UTF_8));

  @Override
  public void read(byte[] input) {
    PolicyTests tests;
    try {
      tests = PolicyTests.parse("input", input);
    } catch (PolicyException e) {
      e.problems().forEach(problem -> Claims.message(problem.message()));
      return;
    }
    Claims.same(PolicyTests.parse("input", input), tests, "twice the same table");
    PolicyTestReport report = tests.run(policy, List.of("/S/M"));
    Claims.visible(report.text().replace("\n", ""));
    Claims.ascii(report.json());
  }

  @Override
  public List<byte[]> seeds() {
    return Claims.inputs("""
        {"cases":[{"name":"c","principal":"spiffe://example.org/a","path":"/S/M",
        "headers":{"k":["v","w"]},"allowed":true,"rule":"r"},
        {"name":"d","principal":"a.example","path":"/S/N","allowed":false,"rule":null}]}
        """, "{\"cases\":[{\"name\":\"c\",\"principal\":\"\",\"path\":\"x\"}]}");
  }
}
