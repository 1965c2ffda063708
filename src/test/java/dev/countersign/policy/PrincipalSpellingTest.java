package dev.countersign.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.identity.Principal;
import dev.countersign.policy.PolicyProblem.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrincipalSpellingTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      Batch.example.org            | batch.example.org            | batch.example.org
      BATCH.EXAMPLE.ORG            | batch.example.org            | batch.example.org
      CN=x, O=y                    | CN=x,O=y                     | CN=x,O=y
      cn=x,o=y                     | CN=x,O=y                     | CN=x,O=y
      Bob@P.iam.gserviceaccount.com| bob@p.iam.gserviceaccount.com| bob@p.iam.gserviceaccount.com
      SPIFFE://Example.org/Web     | spiffe://example.org/Web     | spiffe://example.org/Web
      Batch.*                      | batch.*                      | batch.example.org
      Batch.e*                     | batch.e*                     | batch.example.org
      """)
  void refusesADenyRuleThatWouldDenyNobody(String written, String right, String peer) {
    Policy policy = Policies.parse(denying(right));
    assertThat(decide(policy, peer).allowed()).isFalse();

    PolicyException refused =
        catchThrowableOfType(PolicyException.class, () -> Policies.parse(denying(written)));

    assertThat(refused.problems()).singleElement().satisfies(problem -> {
      assertThat(problem.reason()).isEqualTo(Reason.OTHER_SPELLING);
      assertThat(problem.path()).isEqualTo("$.deny_rules[0].source.principals[0]");
      assertThat(problem.message())
          .startsWith("deny_rules[0] \"d\"")
          .endsWith("\"" + written + "\"; write \"" + right + "\"");
    });
  }

  @Test
  void warnsOfAnAllowRuleThatWouldAllowNobody() {
    String right = """
        {"name": "p", "allow_rules": [
          {"name": "a", "source": {"principals": ["batch.example.org", "CN=x,O=y"]}}]}
        """;
    assertThat(PolicyWarnings.of(Policies.parse(right), List.of())).isEmpty();

    String written = right.replace("batch.example.org", "Batch.example.org").replace("x,O", "x, O");
    assertThat(PolicyWarnings.of(Policies.parse(written), List.of()))
        .containsExactly(
            "allow_rules rule \"a\" has a principal in a spelling that no peer's name has:"
                + " \"Batch.example.org\"; write \"batch.example.org\"",
            "allow_rules rule \"a\" has a principal in a spelling that no peer's name has:"
                + " \"CN=x, O=y\"; write \"CN=x,O=y\"");
  }

  @Test
  void warnsOfASuffixThatNoDnsNameHas() {
    assertThat(PolicyWarnings.of(Policies.parse(denying("*.Example.org")), List.of()))
        .containsExactly("deny_rules rule \"d\" has a principal that no DNS name ends with:"
            + " \"*.Example.org\"; for DNS names write \"*.example.org\"");
    assertThat(decide(Policies.parse(denying("*.Example.org")), "spiffe://a.b/host/x.Example.org")
            .allowed())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "spiffe://example.org/Web",
        "spiffe://*.Com",
        "*/Web",
        "*.RC",
        "*.Example.org",
        "*-1.0-RC",
        "HTTPS://Example.org/Web",
        "CN*",
        "*,O=Example.Org",
        "CN=Ünsal İnce\\\\, Dr.+OU=x,DC=Example,1.2.3=#0c0161",
        "no peer"
      })
  void leavesAloneWhatAPeerMayBeCalledOrIsNoName(String principal) {
    assertThat(Policies.parse(denying(principal)).name()).isEqualTo("p");
  }

  private static Decision decide(Policy policy, String peer) {
    return policy.decide(List.of(Principal.parse(peer)), "/a.S/Get", RequestHeaders.NONE);
  }

  private static String denying(String principal) {
    return """
        {"name": "p", "allow_rules": [{"name": "a"}],
         "deny_rules": [{"name": "d", "source": {"principals": ["%s"]}}]}
        """.formatted(principal);
  }
}
