package dev.countersign.cli;

import dev.countersign.credentials.IdentityFiles;
import dev.countersign.identity.Principal;
import java.util.List;
import java.util.Optional;

/**
 * Whom to call and who we are.
 *
 * @param targets in order of preference; the first that connects is used
 * @param identity our own identity
 * @param expectedServers the server must prove one of these
 * @param authority the authority to name in calls, if not the target's
 */
record Dial(
    List<Place> targets,
    IdentityFiles identity,
    List<Principal> expectedServers,
    Optional<String> authority) {

  Dial {
    targets = List.copyOf(targets);
    expectedServers = List.copyOf(expectedServers);
  }
}
