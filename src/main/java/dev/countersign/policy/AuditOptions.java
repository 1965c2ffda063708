package dev.countersign.policy;

import java.util.List;

/**
 * What a policy wants recorded (gRFC A59 {@code audit_logging_options}).
 *
 * @param condition which decisions are recorded
 * @param loggers where they are recorded, in file order
 */
public record AuditOptions(Condition condition, List<AuditLogger> loggers) {
  /** What a policy without {@code audit_logging_options} asks for: nothing. */
  public static final AuditOptions NONE = new AuditOptions(Condition.NONE, List.of());

  /** Options; the list is copied. */
  public AuditOptions {
    loggers = List.copyOf(loggers);
  }

  /** Which decisions are recorded. */
  public enum Condition {
    /** None. */
    NONE,
    /** Denied calls. */
    ON_DENY,
    /** Allowed calls. */
    ON_ALLOW,
    /** Every call, once. */
    ON_DENY_AND_ALLOW;

    /** Whether a call that was decided so is recorded. */
    public boolean records(boolean allowed) {
      return this == ON_DENY_AND_ALLOW || this == (allowed ? ON_ALLOW : ON_DENY);
    }
  }

  /**
   * A logger that the policy names.
   *
   * @param name the name under which the logger is registered
   * @param configJson its configuration, the text of a JSON object as the policy has it
   * @param optional whether a logger that is not registered is left out; otherwise the policy must be refused
   */
  public record AuditLogger(String name, String configJson, boolean optional) {}
}
