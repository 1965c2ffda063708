package dev.countersign.cli;

import dev.countersign.credentials.TlsOptions;
import dev.countersign.emulator.LoopbackAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The flags of {@code serve}, read and converted; no file was looked at yet.
 *
 * @param listeners where to listen, and what to speak there
 * @param identity where our own identity is, if one is named; with the anchors of other trust domains
 * @param policy what decides
 * @param shadowPolicy what is decided beside it and never enforced
 * @param admin where health and metrics are
 * @param readyFile written when serving
 * @param features places for the route guide
 * @param tls how TLS is spoken
 * @param reloadEvery how often files are looked at again
 * @param drain how long open calls may take once we are told to stop
 * @param limits what peers may use up
 * @param emulator an emulated handshaker to speak ALTS through, without any security
 */
record ServeSettings(
    List<Place> listeners,
    Optional<IdentitySource> identity,
    Optional<Path> policy,
    Optional<Path> shadowPolicy,
    HostPort admin,
    Optional<Path> readyFile,
    Optional<Path> features,
    TlsOptions tls,
    Duration reloadEvery,
    Duration drain,
    LimitSettings limits,
    Optional<LoopbackAddress> emulator) {

  ServeSettings {
    listeners = List.copyOf(listeners);
  }

  /** Everything that keeps a server from starting with these flags, whatever the files hold. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (policy.isEmpty()) {
      problems.add("a policy is needed: --policy FILE (there is no default that allows anything)");
    }
    if (identity.isEmpty() && listeners.stream().anyMatch(this::mayNeedCertificate)) {
      problems.add(IdentityOptions.NEEDED);
    }
    Set<HostPort> taken = new HashSet<>();
    taken.add(admin);
    for (Place listener : listeners) {
      HostPort address = listener.address();
      if (address.port() != 0 && !taken.add(address)) {
        problems.add(
            "address " + address + " is named twice (--listen and --admin need their own)");
      }
    }
    return problems;
  }

  private boolean mayNeedCertificate(Place listener) {
    return switch (listener.transport()) {
      case ALTS -> false;
      case MTLS -> true;
      case AUTO -> emulator.isEmpty();
    };
  }
}
