package dev.countersign.server;

import com.google.common.net.HostAndPort;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Transport;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.guard.Guard;
import dev.countersign.guard.UnfinishedMessages;
import dev.countersign.guard.UnreadableMessages;
import dev.countersign.policy.Policy;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gRPC server whose peers are authenticated and whose calls are authorized: one or more listeners, one guard, one set
 * of services, an admin port. Health ({@code grpc.health.v1}) and reflection are among the services and are decided like
 * any other. It cannot be started without a listener and a policy.
 *
 * <pre>{@code
 * KeyMaterial files = KeyMaterial.watching(Path.of("certs/out/server"), Role.SERVER);
 * try (SecureServer server = SecureServer.builder()
 *     .listen("127.0.0.1:8443", Transport.auto(files))
 *     .guardedBy(PolicyFile.watching(Path.of("policy.json")))
 *     .service(new RouteGuideService(places))
 *     .start()) {
 *   server.awaitTermination();
 * }
 * }</pre>
 */
public final class SecureServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SecureServer.class);
  private static final int CHANNELZ_PAGE = 100;
  private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(45);

  private final Guard guard;
  private final ServerMetrics metrics;
  private final Reloads reloads;
  private final HealthStatusManager health = new HealthStatusManager();
  private final Readiness readiness = new Readiness();
  private final List<Runnable> atEnd = new ArrayList<>();
  private final List<Listener> listeners = new ArrayList<>();
  private final Duration drain;
  private @Nullable AdminPort admin;
  private volatile boolean draining;
  private boolean closed;

  /**
   * An open listener.
   *
   * @param transport {@code mtls} or {@code alts}
   * @param address where it listens, with the port that the system picked if it was asked to
   */
  public record ListenAddress(String transport, InetSocketAddress address) {}

  private record Listener(String transport, Server server) {}

  private record Endpoint(InetSocketAddress address, Transport transport) {}

  private SecureServer(Builder builder, PolicySource policy) {
    this.drain = builder.drain;
    this.metrics = new ServerMetrics();
    ProcessMetrics.observe(metrics.meter());
    Guard.Builder guardBuilder = Guard.builder(policy.policy())
        .clock(builder.clock)
        .meter(metrics.meter())
        .maxConnectionsPerIdentity(builder.limits.maxConnectionsPerIdentity());
    builder.auditSinks.forEach(guardBuilder::auditSink);
    this.guard = guard(guardBuilder, metrics);
    this.reloads = new Reloads(metrics.meter(), builder.clock, builder.reloadHooks);
  }

  private void follow(PolicySource policy, @Nullable PolicySource shadow) {
    follow(
        policy,
        next -> {
          if (next != guard.policy()) {
            guard.replacePolicy(next);
          }
        },
        reloads);
    if (shadow != null) {
      follow(
          shadow,
          guard::shadow,
          reload -> reloads.accept(
              new Reload(Reload.SHADOW_POLICY, reload.accepted(), reload.message())));
    }
  }

  private void follow(PolicySource source, Consumer<Policy> taker, Consumer<Reload> listener) {
    AtomicBoolean told = new AtomicBoolean();
    Consumer<Policy> taking = policy -> {
      told.set(true);
      taker.accept(policy);
    };
    atEnd.add(() -> source.forget(taking));
    atEnd.add(() -> source.forget(listener));
    source.onChange(taking);
    if (!told.get()) {
      // A source of others, which calls back with changes only.
      taker.accept(source.policy());
    }
    source.onReload(listener);
  }

  private static Guard guard(Guard.Builder builder, ServerMetrics metrics) {
    try {
      return builder.build();
    } catch (RuntimeException e) {
      metrics.close();
      throw e;
    }
  }

  /** A server that still lacks a listener and a policy. */
  public static Builder builder() {
    return new Builder();
  }

  private void open(Builder builder) throws IOException {
    Admission admission = new Admission(builder.limits.maxConnections(), metrics.meter());
    UnfinishedMessages unfinished = new UnfinishedMessages(builder.unfinishedBytes);
    for (Endpoint endpoint : builder.endpoints) {
      ServerBuilder<?> server = guard.protect(NettyLimits.listener(
          endpoint.address(), endpoint.transport().serverCredentials(admission), builder.limits));
      metrics.observe(server);
      server.addStreamTracerFactory(unfinished);
      Stream.concat(
              builder.services.stream(),
              Stream.of(
                      health.getHealthService(),
                      ProtoReflectionServiceV1.newInstance(),
                      ChannelzService.newInstance(CHANNELZ_PAGE))
                  .map(BindableService::bindService))
          .map(UnreadableMessages::contain)
          .forEach(server::addService);
      listeners.add(new Listener(endpoint.transport().name(), server.build().start()));
    }
    watchCertificates(builder);
    watchTransports(builder);
    readiness.require("draining", () -> draining ? "the server is shutting down" : null);
    builder.readiness.forEach(
        condition -> readiness.require(condition.name(), condition.obstacle()));
    if (builder.admin != null) {
      admin = AdminPort.open(builder.admin, readiness, metrics, guard);
    }
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    LOG.info("serving on {}", addresses());
  }

  /** Says why each transport was chosen, and keeps traffic away while one of them cannot take connections. */
  private void watchTransports(Builder builder) {
    Set<Transport> transports = new LinkedHashSet<>();
    builder.endpoints.forEach(endpoint -> transports.add(endpoint.transport()));
    for (Transport transport : transports) {
      LOG.info("transport {}: {}", transport.name(), transport.reason());
      transport.evidence().forEach(item -> LOG.info("evidence: {}", item));
    }
    readiness.require(
        "transport",
        () -> transports.stream()
            .map(Transport::obstacle)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null));
    metrics.transports(transports);
  }

  private void watchCertificates(Builder builder) {
    Set<KeyMaterial> materials = new LinkedHashSet<>();
    for (Endpoint endpoint : builder.endpoints) {
      KeyMaterial material = endpoint.transport().material();
      if (material != null) {
        materials.add(material);
      }
    }
    readiness.require("certificate", () -> expired(materials, builder.clock));
    ExpiryMetrics.observe(materials, builder.clock, metrics.meter());
    readiness.note(reloads::notes);
    Consumer<KeyMaterial.Reload> listener = reload ->
        reloads.accept(new Reload(Reload.KEY_MATERIAL, reload.accepted(), reload.message()));
    for (KeyMaterial material : materials) {
      material.onReload(listener);
      atEnd.add(() -> material.forget(listener));
    }
  }

  private static @Nullable String expired(Set<KeyMaterial> materials, InstantSource clock) {
    for (KeyMaterial material : materials) {
      if (clock.instant().isAfter(material.credential().notAfter())) {
        return "expired: " + material.credential();
      }
      if (material.obstacle() != null) {
        return material.obstacle();
      }
    }
    return null;
  }

  /** Where it listens. */
  public List<ListenAddress> addresses() {
    return listeners.stream()
        .map(listener -> new ListenAddress(listener.transport(), (InetSocketAddress)
            listener.server().getListenSockets().get(0)))
        .toList();
  }

  /** Where the admin port is; null if there is none. */
  public @Nullable InetSocketAddress adminAddress() {
    return admin == null ? null : admin.address();
  }

  /** Waits until the server has ended. */
  public void awaitTermination() throws InterruptedException {
    for (Listener listener : listeners) {
      listener.server().awaitTermination();
    }
  }

  /**
   * Ends in order: not ready at once; no new connections or calls; running calls may finish until the drain time is over;
   * what is left is cancelled. A second call waits for the first.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    draining = true;
    LOG.info("draining: calls that run may take {}", drain);
    health.enterTerminalState();
    listeners.forEach(listener -> listener.server().shutdown());
    long deadline = System.nanoTime() + drain.toNanos();
    try {
      for (Listener listener : listeners) {
        if (!listener
            .server()
            .awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          LOG.warn("cancelled the calls that were still running after {}", drain);
          listener.server().shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
        }
      }
    } catch (InterruptedException e) {
      listeners.forEach(listener -> listener.server().shutdownNow());
      Thread.currentThread().interrupt();
    }
    release();
  }

  private void abandon() {
    listeners.forEach(listener -> listener.server().shutdownNow());
    for (Listener listener : listeners) {
      awaitEnd(listener.server());
    }
    release();
  }

  /** Lets go of everything beside the listeners. */
  private void release() {
    atEnd.forEach(Runnable::run);
    reloads.close();
    if (admin != null) {
      admin.close();
    }
    guard.close();
    metrics.close();
  }

  private static void awaitEnd(Server server) {
    try {
      server.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a server is made of. */
  public static final class Builder {
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final List<ServerServiceDefinition> services = new ArrayList<>();
    private final List<AuditSinkProvider> auditSinks = new ArrayList<>();
    private final List<ReadinessCondition> readiness = new ArrayList<>();
    private final List<Consumer<Reload>> reloadHooks = new ArrayList<>();
    private @Nullable PolicySource policy;
    private @Nullable PolicySource shadow;
    private @Nullable InetSocketAddress admin;
    private Limits limits = Limits.DEFAULT;
    private long unfinishedBytes = NettyLimits.mostUnfinishedBytes();
    private Duration drain = DEFAULT_DRAIN;
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    /** Listens at an address; port 0 picks one. May be called several times. */
    public Builder listen(InetSocketAddress address, Transport transport) {
      endpoints.add(new Endpoint(address, transport));
      return this;
    }

    /**
     * Listens at {@code HOST:PORT}, or {@code [IPV6]:PORT}; port 0 picks one. May be called several times.
     *
     * @throws IllegalArgumentException if the text is not an address
     */
    public Builder listen(String hostAndPort, Transport transport) {
      HostAndPort parsed = HostAndPort.fromString(hostAndPort);
      if (!parsed.hasPort() || parsed.getHost().isEmpty()) {
        throw new IllegalArgumentException(
            "address \"" + hostAndPort + "\" has no host or no port (expected HOST:PORT)");
      }
      return listen(new InetSocketAddress(parsed.getHost(), parsed.getPort()), transport);
    }

    /** The policy, with its changes. */
    public Builder guardedBy(PolicySource source) {
      this.policy = source;
      return this;
    }

    /** A policy that never changes. */
    public Builder guardedBy(Policy fixed) {
      return guardedBy(PolicySource.of(fixed));
    }

    /** A policy that is decided beside the one in force and never enforced, with its changes. None by default. */
    public Builder shadowedBy(PolicySource source) {
      this.shadow = source;
      return this;
    }

    /** A service to offer. */
    public Builder service(BindableService service) {
      services.add(service.bindService());
      return this;
    }

    /** A kind of audit sink that the policy may name. */
    public Builder auditSink(AuditSinkProvider provider) {
      auditSinks.add(provider);
      return this;
    }

    /** Health and metrics in plain HTTP; bind it to loopback unless the network keeps others out. None by default. */
    public Builder admin(InetSocketAddress address) {
      this.admin = address;
      return this;
    }

    /** A condition of readiness, such as a certificate that has not expired. */
    public Builder readyWhile(ReadinessCondition condition) {
      readiness.add(condition);
      return this;
    }

    /** Hears what came of each change of key material or policy, on the watching thread. */
    public Builder onReload(Consumer<Reload> hook) {
      reloadHooks.add(hook);
      return this;
    }

    /** What peers may cost; {@link Limits#DEFAULT} by default. */
    public Builder limits(Limits value) {
      this.limits = value;
      return this;
    }

    /** How much may be held of messages that are not complete. */
    Builder unfinishedBytes(long value) {
      this.unfinishedBytes = value;
      return this;
    }

    /** How long running calls may take after the server was told to end; 45 s by default. */
    public Builder drain(Duration value) {
      this.drain = value;
      return this;
    }

    /** The clock that validity and audit records go by; the system's by default. */
    public Builder clock(InstantSource value) {
      this.clock = value;
      return this;
    }

    /**
     * Opens the listeners.
     *
     * @throws IllegalStateException if there is no listener or no policy
     * @throws IllegalArgumentException if the policy names an audit logger that cannot be made
     * @throws IOException if a listener cannot be opened; none is then
     */
    public SecureServer start() throws IOException {
      if (endpoints.isEmpty()) {
        throw new IllegalStateException("a server needs at least one listener");
      }
      if (policy == null) {
        throw new IllegalStateException("a server needs a policy");
      }
      SecureServer server = new SecureServer(this, policy);
      try {
        server.follow(policy, shadow);
        server.open(this);
        return server;
      } catch (IOException | RuntimeException e) {
        server.abandon();
        throw e;
      }
    }
  }
}
