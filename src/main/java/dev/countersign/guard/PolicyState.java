package dev.countersign.guard;

import dev.countersign.policy.Policy;

/**
 * The policy in force at one moment and where its audit records go.
 *
 * @param generation counts the policies of one guard, upwards
 * @param policy the policy
 * @param audit writes the records that the policy asks for
 */
record PolicyState(long generation, Policy policy, Audit audit) {}
