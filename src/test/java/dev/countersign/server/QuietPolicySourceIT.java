package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.policy.Policy;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source of somebody else may say nothing before its first change; what it has is in force all the same. */
final class QuietPolicySourceIT {
  private static final String ONLY_BOB = TextService.POLICY.replace("/alice", "/bob");

  @TempDir
  private Path directory;

  @Test
  void aChangeBetweenTheFirstPolicyAndTheFirstListenerIsNotLost() throws Exception {
    try (Lab lab = new Lab(directory)) {
      SecureServer before = lab.start(lab.server(TextService.POLICY)
          .guardedBy(new Quiet(TextService.POLICY, TextService.POLICY))
          .service(new TextService()));
      assertThat(TextService.say(lab.channel(before, "alice"), "one")).isEqualTo("one");

      SecureServer after = lab.start(lab.server(TextService.POLICY)
          .guardedBy(new Quiet(TextService.POLICY, ONLY_BOB))
          .service(new TextService()));
      assertThatThrownBy(() -> TextService.say(lab.channel(after, "alice"), "two"))
          .satisfies(failure -> assertThat(Status.fromThrowable(failure).getCode())
              .isEqualTo(Code.PERMISSION_DENIED));
    }
  }

  /** Has another policy from the moment at which somebody listens. */
  private static final class Quiet implements PolicySource {
    private final Policy then;
    private Policy policy;

    Quiet(String first, String then) {
      this.policy = Lab.policy(first);
      this.then = Lab.policy(then);
    }

    @Override
    public Policy policy() {
      return policy;
    }

    @Override
    public void onChange(Consumer<Policy> taker) {
      policy = then;
    }

    @Override
    public void close() {}
  }
}
