package dev.countersign.server;

/**
 * What came of a change of something that a running server watches.
 *
 * @param subject what changed: {@code key-material}, {@code policy} or {@code shadow-policy}
 * @param accepted whether all of it was taken up; otherwise what was good stays
 * @param message what people read: what is used now, and why if it is not the new
 */
public record Reload(String subject, boolean accepted, String message) {
  static final String KEY_MATERIAL = "key-material";
  static final String POLICY = "policy";
  static final String SHADOW_POLICY = "shadow-policy";
}
