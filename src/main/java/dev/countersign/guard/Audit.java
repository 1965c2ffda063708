package dev.countersign.guard;

import dev.countersign.identity.PeerIdentity;
import dev.countersign.policy.AuditOptions;
import dev.countersign.policy.AuditOptions.Condition;
import dev.countersign.policy.Decision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes the records that one policy asks for, each exactly once. */
final class Audit {
  private final Condition condition;
  private final List<AuditSink> sinks;

  private Audit(Condition condition, List<AuditSink> sinks) {
    this.condition = condition;
    this.sinks = sinks;
  }

  /**
   * Finds the sinks that a policy names.
   *
   * @throws IllegalArgumentException if one is not known and not optional, or refuses its configuration
   */
  static Audit of(AuditOptions options, Map<String, AuditSinkProvider> providers) {
    List<AuditSink> sinks = new ArrayList<>();
    for (AuditOptions.AuditLogger logger : options.loggers()) {
      AuditSinkProvider provider = providers.get(logger.name());
      if (provider != null) {
        sinks.add(provider.create(logger.configJson()));
      } else if (!logger.optional()) {
        throw new IllegalArgumentException("audit logger \"" + logger.name()
            + "\" is not known (known: " + String.join(", ", providers.keySet()) + ")");
      }
    }
    return new Audit(options.condition(), List.copyOf(sinks));
  }

  boolean records(boolean allowed) {
    return !sinks.isEmpty() && condition.records(allowed);
  }

  void record(Instant when, String method, PeerIdentity peer, Decision decision) {
    AuditRecord event = new AuditRecord(
        when,
        method,
        peer.primary().name(),
        decision.policyName(),
        decision.matchedRule(),
        decision.allowed());
    for (AuditSink sink : sinks) {
      sink.record(event);
    }
  }

  void close() {
    sinks.forEach(AuditSink::close);
  }
}
