package dev.countersign.server;

import dev.countersign.policy.Policy;
import java.util.function.Consumer;

/** Where a server's policy comes from, now and after every change. */
public interface PolicySource extends AutoCloseable {

  /** The policy to start with. */
  Policy policy();

  /**
   * Calls back with the present policy before it returns, and from then on with each new one; never with two at once. The
   * taker may refuse a policy by throwing {@link IllegalArgumentException}.
   */
  void onChange(Consumer<Policy> taker);

  /** Calls back with what came of each change, after it was taken up or refused. */
  default void onReload(Consumer<Reload> listener) {}

  /** Ends the watch. */
  @Override
  void close();

  /** A policy that never changes. */
  static PolicySource of(Policy policy) {
    return new PolicySource() {
      @Override
      public Policy policy() {
        return policy;
      }

      @Override
      public void onChange(Consumer<Policy> taker) {
        taker.accept(policy);
      }

      @Override
      public void close() {}
    };
  }
}
