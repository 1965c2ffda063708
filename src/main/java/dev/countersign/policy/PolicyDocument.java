package dev.countersign.policy;

import java.util.List;

/**
 * A policy as it was read, before it is compiled.
 *
 * @param name the policy's name
 * @param deny the deny rules in file order
 * @param allow the allow rules in file order
 * @param audit what is to be recorded
 */
record PolicyDocument(String name, List<Rule> deny, List<Rule> allow, AuditOptions audit) {}
