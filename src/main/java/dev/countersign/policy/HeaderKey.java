package dev.countersign.policy;

/**
 * A header that some rule asks for.
 *
 * @param name its name in lower case
 * @param values all patterns that rules have for it
 */
record HeaderKey(String name, Patterns values) {}
