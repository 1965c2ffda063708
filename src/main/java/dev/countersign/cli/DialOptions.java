package dev.countersign.cli;

import dev.countersign.identity.Principal;
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

  @Option(
      names = "--insecure-alts-emulator",
      paramLabel = "HOST:PORT",
      converter = HostPort.Destination.class,
      description = "Speak ALTS through an emulated handshaker: no security at all.")
  private @Nullable HostPort emulator;

  boolean hasTarget() {
    return !targets.isEmpty();
  }

  /**
   * The flags as one value.
   *
   * @throws CommandException if something is missing, or comes with a later version
   */
  Dial dial() {
    if (targets.isEmpty()) {
      throw CommandException.usage("a target is needed: --target HOST:PORT");
    }
    if (emulator != null) {
      throw CommandException.notYet("--insecure-alts-emulator");
    }
    if (targets.stream().anyMatch(target -> target.transport() == TransportChoice.ALTS)) {
      throw CommandException.notYet("an ALTS target (--target alts=...)");
    }
    if (expectedServers.isEmpty()) {
      throw CommandException.usage(
          "the server to expect is needed: --expect-server PRINCIPAL",
          "a SPIFFE id, such as spiffe://example.org/server, or a DNS name; a chain alone proves"
              + " nothing about who answers");
    }
    return new Dial(
        targets, identity.requiredFiles(), expectedServers, Optional.ofNullable(authority));
  }
}
