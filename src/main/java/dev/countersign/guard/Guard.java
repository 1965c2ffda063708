package dev.countersign.guard;

import dev.countersign.identity.Principal;
import dev.countersign.policy.Policy;
import io.grpc.HandlerRegistry;
import io.grpc.ServerBuilder;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.Meter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lets a call through to its handler only if the peer's identity is verified and the policy allows it, and ends it when
 * either no longer holds: at once when the policy or the trust is replaced, within a fifth of a second when the time is up. One guard serves
 * any number of servers. Handlers read {@link dev.countersign.identity.PeerIdentity#current()}.
 *
 * <pre>{@code
 * Guard guard = Guard.builder(policy).build();
 * Server server = guard.protect(Grpc.newServerBuilderForPort(8443, transport.serverCredentials()))
 *     .addService(service)
 *     .build();
 * }</pre>
 */
public final class Guard implements AutoCloseable {
  private final Map<String, AuditSinkProvider> auditSinks;
  private final ConnectionFilter filter;
  private final CallInterceptor interceptor;
  private final LiveCalls live;
  private final Shadow shadow;
  private final IdentityCounts counts;
  private volatile PolicyState state;
  private boolean closed;

  private Guard(Builder builder) {
    this.auditSinks = Map.copyOf(builder.auditSinks);
    this.counts = new IdentityCounts(builder.maxConnectionsPerIdentity);
    GuardMetrics metrics = new GuardMetrics(builder.meter, counts);
    metrics.observeAudit(auditSinks.values());
    this.state = stateOf(1, builder.policy);
    this.shadow = new Shadow(metrics);
    this.live = new LiveCalls(() -> state, shadow, builder.clock, metrics);
    this.filter = new ConnectionFilter(builder.clock, counts, metrics, live);
    this.interceptor = new CallInterceptor(() -> state, builder.clock, metrics, live, shadow);
    live.start(builder.lookEvery);
  }

  /** A guard that decides by this policy until another one replaces it. */
  public static Builder builder(Policy policy) {
    return new Builder(policy);
  }

  /**
   * Installs the guard in a server that is being built: the identity of each connection, the decision of each call, and
   * an answer for methods that are not registered. Interceptors that the server should run before the decision must not
   * read messages; add them after this call. The server's credentials must be a countersign transport's; connections of
   * any other are refused all calls. A message that cannot be read may break off its connection unless its service went
   * through {@link UnreadableMessages#contain}.
   *
   * @return the builder
   */
  public <B extends ServerBuilder<?>> B protect(B server) {
    return protect(server, null);
  }

  /**
   * The same, for a server with a registry of its own for methods that are found at run time; do not set it on the
   * builder as well.
   */
  public <B extends ServerBuilder<?>> B protect(B server, @Nullable HandlerRegistry fallback) {
    server.addTransportFilter(filter);
    server.intercept(interceptor);
    server.fallbackHandlerRegistry(new UnknownMethods(fallback));
    return server;
  }

  /** The policy in force. */
  public Policy policy() {
    return state.policy();
  }

  /**
   * Puts another policy in force for every call that starts from now on, and ends open calls that it does not allow. A
   * guard that is closed keeps the policy it has. What an old audit sink throws when it is closed is logged.
   *
   * @throws IllegalArgumentException if it names an audit logger that cannot be made; the old policy stays
   */
  public synchronized void replacePolicy(Policy policy) {
    if (closed) {
      return;
    }
    PolicyState before = state;
    state = stateOf(before.generation() + 1, policy);
    live.wake();
    before.audit().close();
  }

  /**
   * Decides every call that is open or starts from now on by this policy as well, and enforces nothing of it: what it
   * would change is counted by rule, and logged by identity and method, each once.
   */
  public void shadow(Policy policy) {
    shadow.replace(policy);
    live.wake();
  }

  /** What the present shadow policy would have changed so far, a line for each identity and method, up to a bound. */
  public List<String> shadowDifferences() {
    return shadow.differences();
  }

  /**
   * Who is connected, and over how many connections that count towards the limit: those with most first.
   *
   * @param atMost how many identities to name
   */
  public Map<Principal, Integer> connected(int atMost) {
    return counts.most(atMost);
  }

  private PolicyState stateOf(long generation, Policy policy) {
    return new PolicyState(generation, policy, Audit.of(policy.auditOptions(), auditSinks));
  }

  /** Ends the watch over open calls and closes the audit sinks; calls are still decided, but no longer recorded. */
  @Override
  public synchronized void close() {
    closed = true;
    live.close();
    state.audit().close();
  }

  /** What a guard may be told beside its policy. */
  public static final class Builder {
    private final Policy policy;
    private final Map<String, AuditSinkProvider> auditSinks = new TreeMap<>();
    private InstantSource clock = InstantSource.system();
    private Meter meter = OpenTelemetry.noop().getMeter("countersign");
    private int maxConnectionsPerIdentity = Integer.MAX_VALUE;
    private Duration lookEvery = Duration.ofMillis(200);

    private Builder(Policy policy) {
      this.policy = policy;
    }

    /** A kind of audit sink that policies may name. */
    public Builder auditSink(AuditSinkProvider provider) {
      auditSinks.put(provider.name(), provider);
      return this;
    }

    /** The clock that validity and audit records go by; the system's by default. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /** Where the guard's metrics go; nowhere by default. */
    public Builder meter(Meter meter) {
      this.meter = meter;
      return this;
    }

    /**
     * How many connections one identity may have; calls on further ones get {@code RESOURCE_EXHAUSTED}, and they are closed
     * if none of the others ends within ten seconds. Of more than twice as many each is closed at once.
     */
    public Builder maxConnectionsPerIdentity(int limit) {
      if (limit < 1) {
        throw new IllegalArgumentException("connections per identity must be at least 1: " + limit);
      }
      this.maxConnectionsPerIdentity = limit;
      return this;
    }

    /** How often it looks whether the time is up, and whether something has changed without telling. */
    Builder lookEvery(Duration value) {
      this.lookEvery = value;
      return this;
    }

    /**
     * The guard.
     *
     * @throws IllegalArgumentException if the policy names an audit logger that cannot be made
     */
    public Guard build() {
      return new Guard(this);
    }
  }
}
