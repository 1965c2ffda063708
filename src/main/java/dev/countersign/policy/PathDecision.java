package dev.countersign.policy;

/**
 * What a policy says about one peer and one path, with the request's headers still open. Keep it for a connection and
 * a method as long as the policy is the current one. Immutable; deciding takes no lock and, once each rule that
 * headers can select has decided, allocates nothing.
 */
public final class PathDecision {
  private static final HeaderRules[] NONE = {};

  private final Policy policy;
  private final Decision otherwise;
  private final int bound;
  private final HeaderRules[] headerRules;

  private PathDecision(Policy policy, Decision otherwise, int bound, HeaderRules[] headerRules) {
    this.policy = policy;
    this.otherwise = otherwise;
    this.bound = bound;
    this.headerRules = headerRules;
  }

  static PathDecision fixed(Policy policy, Decision decision) {
    return new PathDecision(policy, decision, 0, NONE);
  }

  static PathDecision open(Policy policy, Decision otherwise, Search search) {
    return new PathDecision(policy, otherwise, search.rule(), search.headerRules());
  }

  /**
   * Whether the headers can change the decision or the rule that it names; if not, {@link #decide} may be called with
   * {@link RequestHeaders#NONE}.
   */
  public boolean needsHeaders() {
    return headerRules.length > 0;
  }

  /** Decides for a request with these headers. */
  public Decision decide(RequestHeaders headers) {
    int first = bound;
    for (HeaderRules rules : headerRules) {
      first = rules.first(headers, first);
    }
    return first == bound ? otherwise : policy.fixed(first).otherwise;
  }

  /** Whether some headers could make allowed what is denied without them, or the other way round. */
  boolean headersMayChangeVerdict() {
    for (HeaderRules rules : headerRules) {
      if (rules.anyBefore(bound, rule -> policy.rules().isDeny(rule) == otherwise.allowed())) {
        return true;
      }
    }
    return false;
  }
}
