package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.PeerIdentity.Mechanism;
import dev.countersign.identity.Proof;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.policy.Policy;
import dev.countersign.policy.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A peer that calls one method after the other, none of which exists, fills no memory. */
class RememberedDecisionsTest {
  private static final PeerIdentity PEER = new PeerIdentity(
      Mechanism.ALTS,
      List.of(ServiceAccount.parse("mallory@demo.iam.gserviceaccount.com")),
      new Proof.Alts(""));
  private static final Policy POLICY = Policy.parse("test", """
      {"name": "test", "allow_rules": [
         {"name": "known", "request": {"paths": ["/lab.Text/Say", "*/End"]}}]}
      """.getBytes(StandardCharsets.UTF_8));

  private final RememberedDecisions decisions = new RememberedDecisions();

  private boolean allows(long generation, String method) {
    return decisions
        .decide(generation, POLICY, PEER, method, RequestHeaders.NONE)
        .allowed();
  }

  @Test
  void remembersAMethodOnce() {
    assertThat(allows(1, "lab.Text/Say")).isTrue();
    assertThat(allows(1, "lab.Text/Say")).isTrue();

    assertThat(decisions.methods()).isEqualTo(1);
    assertThat(decisions.bytes())
        .isEqualTo("lab.Text/Say".length() + RememberedDecisions.ENTRY_BYTES);
  }

  @Test
  void remembersNoLongName() {
    String longest = "x".repeat(RememberedDecisions.MAX_NAME);
    assertThat(allows(1, longest)).isFalse();
    assertThat(decisions.methods()).isEqualTo(1);

    for (int i = 0; i < 300; i++) {
      assertThat(allows(1, i + "x".repeat(8000))).isFalse();
      assertThat(allows(1, i + "x".repeat(8000) + "/End")).isTrue();
    }

    assertThat(decisions.methods()).isEqualTo(1);
  }

  @Test
  void remembersOnlySoMuch() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(allows(1, "lab.Text/No" + i)).isFalse();
    }

    assertThat(decisions.methods()).isBetween(100, 300);
    assertThat(decisions.bytes())
        .isBetween(RememberedDecisions.MAX_BYTES / 2, RememberedDecisions.MAX_BYTES);
    assertThat(allows(1, "lab.Text/Say")).isTrue();
    assertThat(allows(1, "lab.Text/No9999")).isFalse();
  }

  @Test
  void staysWithinTheBoundWhenManyAskAtOnce() throws Exception {
    List<Thread> threads = List.of("a", "b", "c", "d").stream()
        .map(name -> new Thread(() -> {
          for (int i = 0; i < 2_000; i++) {
            allows(1, "lab.Text/" + name + i);
            allows(1, "lab.Text/same" + i);
          }
        }))
        .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(decisions.bytes()).isLessThanOrEqualTo(RememberedDecisions.MAX_BYTES);
    assertThat(decisions.methods() * RememberedDecisions.ENTRY_BYTES)
        .isLessThan(RememberedDecisions.MAX_BYTES);
  }

  @Test
  void forgetsWhatAnotherPolicySaid() {
    remembersOnlySoMuch();

    assertThat(allows(2, "lab.Text/Say")).isTrue();

    assertThat(decisions.methods()).isEqualTo(1);
  }
}
