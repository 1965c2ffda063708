package dev.countersign.cli;

/**
 * What a server said about itself.
 *
 * @param isReady whether it can serve
 * @param text its own words
 */
record Readiness(boolean isReady, String text) {}
