package dev.countersign.policy;

import dev.countersign.text.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * Whether a policy lets a call through, and which rule said so: the first that matches in file order, deny rules
 * before allow rules. Without a matching rule the call is denied.
 *
 * @param allowed whether the call may go on
 * @param list the list of the deciding rule, or null if no rule matched
 * @param rule the name of the deciding rule, or null if no rule matched
 * @param policyName the name of the policy that decided
 */
public record Decision(
    boolean allowed, @Nullable RuleList list, @Nullable String rule, String policyName) {

  /** The deciding rule as an audit record has it (gRFC A59): policy and rule joined by {@code _}, or empty. */
  public String matchedRule() {
    return rule == null ? "" : policyName + "_" + rule;
  }

  /** Why, for people: never for the peer. */
  public String reason() {
    if (list == null || rule == null) {
      return "no rule of policy " + Quoted.of(policyName)
          + " matches (what is not allowed is denied)";
    }
    return (allowed ? "allowed" : "denied") + " by " + list.key() + " rule " + Quoted.of(rule)
        + " of policy " + Quoted.of(policyName);
  }
}
