package dev.countersign.cli;

import dev.countersign.emulator.LoopbackAddress;
import dev.countersign.identity.Principal;
import dev.countersign.identity.ServiceAccount;
import java.util.List;
import java.util.Optional;

/**
 * Whom to call and who we are.
 *
 * @param targets in order of preference; the first that connects is used
 * @param identity our own identity, if a target may need one
 * @param expectedServers the server must prove one of these
 * @param authority the authority to name in calls, if not the target's
 * @param retry whether calls that only read are made again when their server is lost
 * @param emulator an emulated handshaker to speak ALTS through, without any security
 */
record Dial(
    List<Place> targets,
    Optional<IdentitySource> identity,
    List<Principal> expectedServers,
    Optional<String> authority,
    boolean retry,
    Optional<LoopbackAddress> emulator) {

  Dial {
    targets = List.copyOf(targets);
    expectedServers = List.copyOf(expectedServers);
  }

  /** The same, with calls that only read made again when their server is lost. */
  Dial retrying() {
    return new Dial(targets, identity, expectedServers, authority, true, emulator);
  }

  /** What to speak with a target; one that names nothing may be ALTS only if a service account is expected there. */
  TransportChoice transportFor(Place target) {
    if (target.transport() != TransportChoice.AUTO) {
      return target.transport();
    }
    return expectedServers.stream().anyMatch(ServiceAccount.class::isInstance)
        ? TransportChoice.AUTO
        : TransportChoice.MTLS;
  }
}
