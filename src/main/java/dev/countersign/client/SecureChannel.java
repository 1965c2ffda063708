package dev.countersign.client;

import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Transport;
import dev.countersign.identity.Principal;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a channel to a server that proves one of the identities the client expects; a chain that leads to a trust anchor
 * is not enough. Calls are spread over all addresses of the target. Unary calls without a deadline get one. A call is
 * sent again only when the server has not seen it, or when its method was named as one that may run twice ({@link
 * #retrying}). When our certificate is renewed, new calls go over new connections; when the server's no longer holds, the
 * connection is cut within half a second and the channel connects anew.
 *
 * <pre>{@code
 * ManagedChannel channel = SecureChannel.to("dns:///route-guide:8443", Transport.auto(files))
 *     .expecting(SpiffeId.parse("spiffe://example.org/ns/demo/sa/server"))
 *     .build();
 * }</pre>
 */
public final class SecureChannel {
  /** The deadline of a unary call that has none. */
  public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);

  private static final long KEEPALIVE_SECONDS = 120;
  private static final long KEEPALIVE_TIMEOUT_SECONDS = 20;

  private final String target;
  private final Transport transport;
  private final Set<Principal> expected = new LinkedHashSet<>();
  private final RetryPolicy retries = new RetryPolicy();
  private Duration deadline = DEFAULT_DEADLINE;
  private @Nullable String authority;

  private SecureChannel(String target, Transport transport) {
    this.target = target;
    this.transport = transport;
  }

  /**
   * A channel that still lacks the server's identity.
   *
   * @param target where to connect, such as {@code dns:///route-guide:8443} (gRPC name syntax)
   * @param transport how to prove who both ends are
   */
  public static SecureChannel to(String target, Transport transport) {
    return new SecureChannel(target, transport);
  }

  /** Who the server may be; any one of them. */
  public SecureChannel expecting(Principal first, Principal... others) {
    expected.add(first);
    expected.addAll(Set.of(others));
    return this;
  }

  /** The deadline of unary calls that have none; {@link #DEFAULT_DEADLINE} by default. */
  public SecureChannel defaultDeadline(Duration value) {
    this.deadline = value;
    return this;
  }

  /**
   * Methods that may run twice, such as those that only read: a call that ends with {@code UNAVAILABLE} before the server
   * began to answer is made again, up to three times, by another server where there is one, after about 0.1, 0.2 and 0.4 s,
   * and within its deadline. A server that was lost may have done what it was asked, so name nothing else. None by
   * default.
   *
   * @throws IllegalArgumentException if a method takes a stream of requests
   */
  public SecureChannel retrying(MethodDescriptor<?, ?>... methods) {
    for (MethodDescriptor<?, ?> method : methods) {
      retries.add(method);
    }
    return this;
  }

  /** What to send as {@code :authority} instead of the target's name; the server's identity does not depend on it. */
  public SecureChannel authority(String value) {
    this.authority = value;
    return this;
  }

  String target() {
    return target;
  }

  String transport() {
    return transport.name();
  }

  /**
   * The channel; the caller shuts it down.
   *
   * @throws IllegalStateException if no identity was named
   */
  public ManagedChannel build() {
    if (expected.isEmpty()) {
      throw new IllegalStateException(
          "a channel to " + target + " needs at least one expected server identity");
    }
    ManagedChannelBuilder<?> builder = Grpc.newChannelBuilder(
            target, transport.channelCredentials(expected))
        .defaultLoadBalancingPolicy("round_robin")
        .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .intercept(new DefaultDeadline(deadline));
    if (!retries.isEmpty()) {
      builder.defaultServiceConfig(retries.serviceConfig());
    }
    if (authority != null) {
      builder.overrideAuthority(authority);
    }
    ManagedChannel channel = builder.build();
    KeyMaterial material = transport.material();
    return material == null ? channel : RenewingChannel.of(channel, material);
  }
}
