package dev.countersign.server;

import dev.countersign.policy.Policy;
import java.util.function.Consumer;

/** A policy that a test swaps. */
final class ReplaceablePolicy implements PolicySource {
  private final Policy first;
  private volatile Consumer<Policy> taker = policy -> {};

  ReplaceablePolicy(Policy first) {
    this.first = first;
  }

  void replace(Policy next) {
    taker.accept(next);
  }

  @Override
  public Policy policy() {
    return first;
  }

  @Override
  public void onChange(Consumer<Policy> listener) {
    taker = listener;
    taker.accept(first);
  }

  @Override
  public void close() {}
}
