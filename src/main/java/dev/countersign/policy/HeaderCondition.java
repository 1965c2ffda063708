package dev.countersign.policy;

import dev.countersign.policy.Rule.HeaderPattern;
import java.util.Arrays;

/** What one rule wants of one header. */
final class HeaderCondition {
  private final HeaderKey key;
  private final int[] wanted;

  /** The numbers are those of the rule's patterns among the key's, ascending. */
  HeaderCondition(HeaderKey key, int[] wanted) {
    this.key = key;
    this.wanted = wanted;
  }

  HeaderKey key() {
    return key;
  }

  int[] wanted() {
    return wanted;
  }

  boolean matches(RequestHeaders headers) {
    String value = headers.get(key.name());
    return value != null && matches(value);
  }

  HeaderPattern pattern() {
    return new HeaderPattern(
        key.name(), Arrays.stream(wanted).mapToObj(key.values()::pattern).toList());
  }

  private boolean matches(String value) {
    Patterns values = key.values();
    for (int i = values.first(value); i != Patterns.NONE; i = values.next(value, i)) {
      if (Arrays.binarySearch(wanted, i) >= 0) {
        return true;
      }
    }
    return false;
  }
}
