package dev.countersign.policy;

/** The two lists of rules in a policy; deny rules are asked first (gRFC A43). */
public enum RuleList {
  /** A match denies, whatever the allow rules say. */
  DENY_RULES("deny_rules"),
  /** A match allows, unless a deny rule matches. */
  ALLOW_RULES("allow_rules");

  private final String key;

  RuleList(String key) {
    this.key = key;
  }

  /** The list's key in the policy's JSON. */
  public String key() {
    return key;
  }
}
