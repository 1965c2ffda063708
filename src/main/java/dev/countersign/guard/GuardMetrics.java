package dev.countersign.guard;

import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.policy.Decision;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What the guard counts: decisions by result and rule, connections by transport and outcome. Counting adds to a number;
 * labels are made only when somebody reads. Methods and peers are never labels, so that nobody outside can add any.
 */
final class GuardMetrics {
  private static final AttributeKey<String> RESULT = AttributeKey.stringKey("result");
  private static final AttributeKey<String> REASON = AttributeKey.stringKey("reason");
  private static final AttributeKey<String> RULE = AttributeKey.stringKey("rule");
  private static final AttributeKey<String> POLICY = AttributeKey.stringKey("policy");
  private static final AttributeKey<String> LOGGER = AttributeKey.stringKey("logger");
  private static final AttributeKey<String> TRANSPORT = AttributeKey.stringKey("transport");

  private final Map<Decision, LongAdder> decisions = new ConcurrentHashMap<>();
  private final Map<Shadowed, LongAdder> shadowed = new ConcurrentHashMap<>();
  private final Map<Outcome, LongAdder> connections = new ConcurrentHashMap<>();
  private final Map<Ended, LongAdder> ended = new ConcurrentHashMap<>();
  private final LongAdder notAuthenticated = new LongAdder();
  private final LongAdder malformed = new LongAdder();
  private final Meter meter;

  private record Shadowed(boolean inForce, Decision would) {}

  private record Outcome(String transport, String result) {}

  private record Ended(String result, String reason) {}

  GuardMetrics(Meter meter, IdentityCounts identities) {
    this.meter = meter;
    meter
        .counterBuilder("countersign.guard.decisions")
        .setDescription("Calls decided, by result and by the rule that decided")
        .setUnit("{call}")
        .buildWithCallback(this::observeDecisions);
    meter
        .counterBuilder("countersign.guard.connections")
        .setDescription("Connections whose peer was verified, by transport and result")
        .setUnit("{connection}")
        .buildWithCallback(this::observeConnections);
    meter
        .counterBuilder("countersign.guard.ended")
        .setDescription("Open calls that were ended because they no longer held, by reason")
        .setUnit("{call}")
        .buildWithCallback(this::observeEnded);
    meter
        .counterBuilder("countersign.guard.shadow.decisions")
        .setDescription(
            "Calls decided by the shadow policy too, by what would change and the rule of it that decided")
        .setUnit("{call}")
        .buildWithCallback(this::observeShadowed);
    meter
        .gaugeBuilder("countersign.guard.identities")
        .ofLongs()
        .setDescription("Identities that are connected now")
        .setUnit("{identity}")
        .buildWithCallback(measurement -> measurement.record(identities.identities()));
  }

  /** Adds the number of calls that are open. */
  void observeOpenCalls(LongSupplier calls) {
    meter
        .gaugeBuilder("countersign.guard.calls")
        .ofLongs()
        .setDescription("Calls that are open now")
        .setUnit("{call}")
        .buildWithCallback(measurement -> measurement.record(calls.getAsLong()));
  }

  /** Adds the number of audit records that each kind of sink has lost. */
  void observeAudit(Collection<AuditSinkProvider> sinks) {
    meter
        .counterBuilder("countersign.guard.audit.dropped")
        .setDescription("Audit records that were lost, by audit logger")
        .setUnit("{record}")
        .buildWithCallback(measurement -> sinks.forEach(
            sink -> measurement.record(sink.dropped(), Attributes.of(LOGGER, sink.name()))));
  }

  void decided(Decision decision) {
    LongAdder count = decisions.get(decision);
    if (count == null) {
      count = decisions.computeIfAbsent(decision, key -> new LongAdder());
    }
    count.increment();
  }

  /** A call was decided by the shadow policy as well. */
  void shadowed(Decision inForce, Decision would) {
    shadowed
        .computeIfAbsent(new Shadowed(inForce.allowed(), would), key -> new LongAdder())
        .increment();
  }

  void notAuthenticated() {
    notAuthenticated.increment();
  }

  /** A call was refused before it was decided: its headers are malformed. */
  void malformed() {
    malformed.increment();
  }

  void connectionVerified(String transport) {
    count(new Outcome(transport, "verified"));
  }

  void connectionRefused(String transport, PeerRefusedException.Reason reason) {
    count(new Outcome(transport, reason.name()));
  }

  /** A verified peer has to wait because connections of it were broken off before. */
  void connectionDelayed(String transport) {
    count(new Outcome(transport, "DELAYED"));
  }

  /** A verified peer was closed because its identity has too many connections. */
  void connectionCrowdedOut(String transport) {
    count(new Outcome(transport, "TOO_MANY_OF_IDENTITY"));
  }

  /** A verified peer was closed because it did not read the end of a call. */
  void connectionUnread(String transport) {
    count(new Outcome(transport, "END_NOT_READ"));
  }

  /** An open call was ended because the policy no longer allows it. */
  void endedDenied() {
    count(new Ended("denied", "POLICY"));
  }

  /** An open call was ended because its peer's identity no longer holds. */
  void endedUnauthenticated(PeerRefusedException.Reason reason) {
    count(new Ended("unauthenticated", reason.name()));
  }

  private void count(Ended outcome) {
    ended.computeIfAbsent(outcome, key -> new LongAdder()).increment();
  }

  private void count(Outcome outcome) {
    connections.computeIfAbsent(outcome, key -> new LongAdder()).increment();
  }

  private void observeDecisions(ObservableLongMeasurement measurement) {
    decisions.forEach((decision, count) -> measurement.record(
        count.sum(),
        Attributes.of(
            RESULT,
            decision.allowed() ? "allowed" : "denied",
            RULE,
            String.valueOf(decision.rule() == null ? "" : decision.rule()),
            POLICY,
            decision.policyName())));
    measurement.record(
        notAuthenticated.sum(), Attributes.of(RESULT, "unauthenticated", RULE, "", POLICY, ""));
    measurement.record(malformed.sum(), Attributes.of(RESULT, "malformed", RULE, "", POLICY, ""));
  }

  private void observeShadowed(ObservableLongMeasurement measurement) {
    shadowed.forEach((compared, count) -> {
      Decision would = compared.would();
      String result = would.allowed() ? "now-allowed" : "now-denied";
      measurement.record(
          count.sum(),
          Attributes.of(
              RESULT,
              compared.inForce() == would.allowed() ? "same" : result,
              RULE,
              String.valueOf(would.rule() == null ? "" : would.rule()),
              POLICY,
              would.policyName()));
    });
  }

  private void observeEnded(ObservableLongMeasurement measurement) {
    ended.forEach((outcome, count) -> measurement.record(
        count.sum(), Attributes.of(RESULT, outcome.result(), REASON, outcome.reason())));
  }

  private void observeConnections(ObservableLongMeasurement measurement) {
    connections.forEach((outcome, count) -> measurement.record(
        count.sum(), Attributes.of(TRANSPORT, outcome.transport(), RESULT, outcome.result())));
  }
}
