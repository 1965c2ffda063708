package dev.countersign.cli;

import dev.countersign.identity.Principal;
import dev.countersign.identity.ServiceAccount;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whom to call, whom to expect there, and who we are. */
final class DialOptions {
  @Option(
      names = "--target",
      paramLabel = "[alts=|mtls=]HOST:PORT",
      converter = Place.Target.class,
      description = "Whom to call; several are tried in this order.")
  private List<Place> targets = List.of();

  @Mixin
  private IdentityOptions identity = new IdentityOptions();

  @Option(
      names = "--expect-server",
      paramLabel = "PRINCIPAL",
      converter = PrincipalText.class,
      description = "Who the server must prove to be; may be repeated.")
  private List<Principal> expectedServers = List.of();

  @Option(
      names = "--authority",
      paramLabel = "NAME",
      description = "The authority that calls name (default: the target's).")
  private @Nullable String authority;

  @Mixin
  private EmulatorFlag emulator = new EmulatorFlag();

  boolean hasTarget() {
    return !targets.isEmpty();
  }

  /**
   * The flags as one value.
   *
   * @throws CommandException if something is missing
   */
  Dial dial() {
    if (targets.isEmpty()) {
      throw CommandException.usage("a target is needed: --target HOST:PORT");
    }
    if (expectedServers.isEmpty()) {
      throw CommandException.usage(
          "the server to expect is needed: --expect-server PRINCIPAL",
          "a SPIFFE id, such as spiffe://example.org/server, a DNS name or, over ALTS, a service"
              + " account; a chain alone proves nothing about who answers");
    }
    Dial dial = new Dial(
        targets,
        identity.source(),
        expectedServers,
        Optional.ofNullable(authority),
        false,
        emulator.address());
    if (targets.stream().anyMatch(target -> dial.transportFor(target) == TransportChoice.MTLS)) {
      identity.requiredSource();
    }
    if (targets.stream().anyMatch(target -> target.transport() == TransportChoice.ALTS)
        && expectedServers.stream().noneMatch(ServiceAccount.class::isInstance)) {
      throw CommandException.usage(
          "an ALTS target needs a service account to expect: --expect-server NAME@DOMAIN");
    }
    return dial;
  }
}
