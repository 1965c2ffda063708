package dev.countersign.assessment;

import java.time.Duration;

/**
 * A check and what came of it.
 *
 * @param check what was tried
 * @param outcome what came of it
 * @param took how long
 */
public record Result(About check, Outcome outcome, Duration took) {}
