package dev.countersign.policy;

import java.util.List;

/**
 * One rule as the policy has it; an empty list restricts nothing.
 *
 * @param name unique in its list
 * @param principals one of them must match one of the peer's names
 * @param paths one of them must match the path
 * @param headers all of them must match
 */
record Rule(
    String name,
    List<StringPattern> principals,
    List<StringPattern> paths,
    List<HeaderPattern> headers) {

  /**
   * A header that must be there and match one of the values.
   *
   * @param key the name in lower case
   * @param values at least one
   */
  record HeaderPattern(String key, List<StringPattern> values) {}
}
