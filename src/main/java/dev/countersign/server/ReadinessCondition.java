package dev.countersign.server;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that must hold for a server to get traffic.
 *
 * @param name what it is about, one word
 * @param obstacle answers null while it holds, else the reason that people read; called by readiness probes
 */
public record ReadinessCondition(String name, Supplier<@Nullable String> obstacle) {}
