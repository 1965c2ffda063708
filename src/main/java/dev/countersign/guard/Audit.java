package dev.countersign.guard;

import dev.countersign.identity.PeerIdentity;
import dev.countersign.policy.AuditOptions;
import dev.countersign.policy.AuditOptions.Condition;
import dev.countersign.policy.Decision;
import dev.countersign.text.Quoted;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the records that one policy asks for, each exactly once, until that policy is replaced. */
final class Audit {
  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);

  private final Condition condition;
  private final List<AuditSink> sinks;
  // Records share it; the end of the sinks excludes them.
  private final ReadWriteLock use = new ReentrantReadWriteLock();
  private boolean closed;

  private Audit(Condition condition, List<AuditSink> sinks) {
    this.condition = condition;
    this.sinks = sinks;
  }

  /**
   * Finds the sinks that a policy names.
   *
   * @throws IllegalArgumentException if one is not known and not optional, or refuses its configuration; none is open
   *     then
   */
  static Audit of(AuditOptions options, Map<String, AuditSinkProvider> providers) {
    List<AuditSink> sinks = new ArrayList<>();
    try {
      for (AuditOptions.AuditLogger logger : options.loggers()) {
        AuditSinkProvider provider = providers.get(logger.name());
        if (provider != null) {
          sinks.add(provider.create(logger.configJson()));
        } else if (!logger.optional()) {
          throw new IllegalArgumentException("audit logger \"" + logger.name()
              + "\" is not known (known: " + String.join(", ", providers.keySet()) + ")");
        }
      }
    } catch (RuntimeException e) {
      sinks.forEach(Audit::close);
      throw e;
    }
    return new Audit(options.condition(), List.copyOf(sinks));
  }

  /**
   * Records a decision if the policy asks for it; false if the policy was replaced, so that the decision no longer
   * counts.
   */
  boolean record(InstantSource clock, String fullMethodName, PeerIdentity peer, Decision decision) {
    if (sinks.isEmpty() || !condition.records(decision.allowed())) {
      return true;
    }
    AuditRecord event = new AuditRecord(
        clock.instant(),
        "/" + fullMethodName,
        peer.primary().name(),
        decision.policyName(),
        decision.matchedRule(),
        decision.allowed());
    use.readLock().lock();
    try {
      if (!closed) {
        sinks.forEach(sink -> sink.record(event));
      }
      return !closed;
    } finally {
      use.readLock().unlock();
    }
  }

  /** Records what was decided already, where the policy in force wants it. */
  static void recordInForce(
      Supplier<PolicyState> policy,
      InstantSource clock,
      String fullMethodName,
      PeerIdentity peer,
      Decision decision) {
    PolicyState state;
    boolean recorded;
    do {
      state = policy.get();
      recorded = state.audit().record(clock, fullMethodName, peer, decision);
    } while (!recorded && state.generation() != policy.get().generation());
  }

  void close() {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        sinks.forEach(Audit::close);
      }
    } finally {
      use.writeLock().unlock();
    }
  }

  /** Whether or not it closes, the next policy counts, and so do the other sinks. */
  private static void close(AuditSink sink) {
    try {
      sink.close();
    } catch (RuntimeException e) {
      LOG.error("an audit sink did not close, records may be lost: {}", Quoted.of(e.toString()));
    }
  }
}
