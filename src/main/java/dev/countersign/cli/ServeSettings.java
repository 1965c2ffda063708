package dev.countersign.cli;

import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.emulator.LoopbackAddress;
import dev.countersign.identity.TrustDomain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The flags of {@code serve}, read and converted; no file was looked at yet.
 *
 * @param listeners where to listen, and what to speak there
 * @param identity our own identity, if one is named
 * @param policy what decides
 * @param shadowPolicy what is decided beside it and never enforced
 * @param federated the trust anchors of other trust domains
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
    Optional<IdentityFiles> identity,
    Optional<Path> policy,
    Optional<Path> shadowPolicy,
    Map<TrustDomain, Path> federated,
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
    federated = Map.copyOf(federated);
  }

  /** Everything that keeps a server from starting with these flags, whatever the files hold. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (policy.isEmpty()) {
      problems.add("a policy is needed: --policy FILE (there is no default that allows anything)");
    }
    if (identity.isEmpty() && listeners.stream().anyMatch(this::mayNeedCertificate)) {
      problems.add("an identity is needed: --identity DIR, or --cert, --key and --trust");
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
