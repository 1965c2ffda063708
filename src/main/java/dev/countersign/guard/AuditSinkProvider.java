package dev.countersign.guard;

/** Makes the sink that a policy names in {@code audit_loggers} (gRFC A59). */
public interface AuditSinkProvider {

  /** The name that policies use. */
  String name();

  /**
   * Makes a sink.
   *
   * @param configJson the {@code config} object of the policy, {@code {}} if it has none
   * @throws IllegalArgumentException if the configuration is wrong; the policy is refused then
   */
  AuditSink create(String configJson);

  /** How many records its sinks have lost so far, for the metrics. */
  default long dropped() {
    return 0;
  }
}
