package dev.countersign.guard;

import java.time.Instant;

/**
 * One audited decision, with the fields of gRFC A59.
 *
 * @param timestamp when it was decided
 * @param rpcMethod the method, {@code /package.Service/Method}
 * @param principal the peer's first name, empty if it proved none
 * @param policyName the policy that decided
 * @param matchedRule policy and rule joined by {@code _}, empty if no rule matched
 * @param authorized whether the call was let through
 */
public record AuditRecord(
    Instant timestamp,
    String rpcMethod,
    String principal,
    String policyName,
    String matchedRule,
    boolean authorized) {}
