package dev.countersign.server;

import dev.countersign.policy.Policy;
import java.util.function.Consumer;

/** Where a server's policy comes from, now and after every change. */
public interface PolicySource extends AutoCloseable {

  /** The policy to start with. */
  Policy policy();

  /**
   * Calls back with each new policy and with what is wrong with one that cannot be used. The taker may refuse a policy by
   * throwing {@link IllegalArgumentException}.
   */
  void onChange(Consumer<Policy> taker);

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
      public void onChange(Consumer<Policy> taker) {}

      @Override
      public void close() {}
    };
  }
}
