package dev.countersign.cli;

import dev.countersign.identity.TrustDomain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@code serve}, which {@code doctor} has too. */
final class ServeOptions {
  @Option(
      names = "--listen",
      paramLabel = "[auto|alts|mtls]=HOST:PORT",
      converter = Place.Listener.class,
      description =
          "Where to listen; may be repeated; port 0 picks one (default: auto=127.0.0.1:8443).")
  private List<Place> listeners = List.of();

  @Mixin
  private IdentityOptions identity = new IdentityOptions();

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "The policy that decides; required.")
  private @Nullable Path policy;

  @Option(
      names = "--shadow-policy",
      paramLabel = "FILE",
      description =
          "A policy that is decided beside it and never enforced; what it would change is counted"
              + " and logged.")
  private @Nullable Path shadowPolicy;

  @Mixin
  private Federation federation = new Federation();

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description = "Health and metrics, in plaintext (default: 127.0.0.1:8081).")
  private HostPort admin = new HostPort("127.0.0.1", 8081);

  @Option(
      names = "--ready-file",
      paramLabel = "FILE",
      description = "Written when serving: the addresses, as JSON.")
  private @Nullable Path readyFile;

  @Option(
      names = "--features",
      paramLabel = "FILE",
      description = "Places for the route guide, in the tutorials' JSON format.")
  private @Nullable Path features;

  @Mixin
  private TlsFlags tls = new TlsFlags();

  @Option(
      names = "--reload-every",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "How often files are looked at again (default: 1s).")
  private Duration reloadEvery = Duration.ofSeconds(1);

  @Option(
      names = "--drain",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "How long open calls may take once told to stop (default: 45s).")
  private Duration drain = Duration.ofSeconds(45);

  @Mixin
  private LimitOptions limits = new LimitOptions();

  @Mixin
  private EmulatorFlag emulator = new EmulatorFlag();

  /**
   * The flags as one value.
   *
   * @throws CommandException if flags contradict each other
   */
  ServeSettings settings() {
    Map<TrustDomain, Path> others = federation.byTrustDomain();
    return new ServeSettings(
        listeners.isEmpty() ? List.of(Place.parse("127.0.0.1:8443")) : listeners,
        identity.source().map(source -> source.federatedWith(others)),
        Optional.ofNullable(policy),
        Optional.ofNullable(shadowPolicy),
        admin,
        Optional.ofNullable(readyFile),
        Optional.ofNullable(features),
        tls.settings(),
        reloadEvery,
        drain,
        limits.settings(),
        emulator.address());
  }
}
