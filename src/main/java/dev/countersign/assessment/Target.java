package dev.countersign.assessment;

import dev.countersign.credentials.IdentityFiles;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to attack, and what the attacker was given. Made by {@link #mutualTls} or {@link #alts}; the rest is added.
 */
public final class Target {
  /** The identity that is issued and revoked where an authority was given. */
  public static final String REVOKED_NAME = "countersign-assess-revoked";

  private static final String HEALTH = "grpc.health.v1.Health/Check";

  private final InetSocketAddress address;
  private final boolean alts;
  private String method = HEALTH;
  private Duration patience = Duration.ofSeconds(13);
  private Duration abuseTime = Duration.ofMillis(800);
  private @Nullable String admin;
  private @Nullable IdentityFiles identity;
  private @Nullable IdentityFiles deniedIdentity;
  private @Nullable Path authority;
  private @Nullable String handshaker;
  private @Nullable String deniedHandshaker;

  private Target(InetSocketAddress address, boolean alts) {
    this.address = address;
    this.alts = alts;
  }

  /**
   * A mutual TLS endpoint.
   *
   * @param address where it is
   * @param identity the directory of an identity that may call the method
   */
  public static Target mutualTls(InetSocketAddress address, Path identity) {
    return mutualTls(address, IdentityFiles.in(identity));
  }

  /**
   * A mutual TLS endpoint.
   *
   * @param address where it is
   * @param identity an identity that may call the method
   */
  public static Target mutualTls(InetSocketAddress address, IdentityFiles identity) {
    Target target = new Target(address, false);
    target.identity = identity;
    return target;
  }

  /**
   * An ALTS endpoint.
   *
   * @param address where it is
   * @param handshaker the handshaker service, {@code HOST:PORT}, of a workload that may call the method
   */
  public static Target alts(InetSocketAddress address, String handshaker) {
    Target target = new Target(address, true);
    target.handshaker = handshaker;
    return target;
  }

  /** The method that the allowed identity may call with an empty message: {@code package.Service/Method}. */
  public Target method(String name) {
    this.method = name;
    return this;
  }

  /** The directory of a valid identity that may call nothing. */
  public Target deniedIdentity(Path directory) {
    this.deniedIdentity = IdentityFiles.in(directory);
    return this;
  }

  /** The handshaker service of a workload that may call nothing. */
  public Target deniedHandshaker(String hostAndPort) {
    this.deniedHandshaker = hostAndPort;
    return this;
  }

  /** The directory of the authority that the target trusts. One identity is issued and revoked there. */
  public Target authority(Path directory) {
    this.authority = directory;
    return this;
  }

  /** How long a handshake that does not go on may stay open; 13 s by default. */
  public Target handshakePatience(Duration time) {
    this.patience = time;
    return this;
  }

  /** How long an abuse is repeated at least, unless it is made once; half of it is measured before and after. 800 ms by default. */
  public Target abuseTime(Duration time) {
    this.abuseTime = time;
    return this;
  }

  Duration abuseTime() {
    return abuseTime;
  }

  /** Where the target tells what it uses: {@code HOST:PORT} of its admin port. */
  public Target admin(String hostAndPort) {
    this.admin = hostAndPort;
    return this;
  }

  Optional<String> admin() {
    return Optional.ofNullable(admin);
  }

  Duration handshakePatience() {
    return patience;
  }

  InetSocketAddress address() {
    return address;
  }

  boolean isAlts() {
    return alts;
  }

  String method() {
    return method;
  }

  String path() {
    return "/" + method;
  }

  Optional<IdentityFiles> identity() {
    return Optional.ofNullable(identity);
  }

  Optional<IdentityFiles> deniedIdentity() {
    return Optional.ofNullable(deniedIdentity);
  }

  Optional<Path> authority() {
    return Optional.ofNullable(authority);
  }

  Optional<String> handshaker() {
    return Optional.ofNullable(handshaker);
  }

  Optional<String> deniedHandshaker() {
    return Optional.ofNullable(deniedHandshaker);
  }

  @Override
  public String toString() {
    String host = address.getHostString();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }
}
