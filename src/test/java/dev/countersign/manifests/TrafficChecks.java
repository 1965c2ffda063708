package dev.countersign.manifests;

import dev.countersign.manifests.Traffic.End;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who reaches whom: callers the server's listeners and nothing else of it, others nothing, the server nearly nothing. What must
 * not pass is stopped at the server, whatever the other end lets out.
 */
final class TrafficChecks {
  private static final int ADMIN = 8081;
  private static final Map<String, String> CALLS = Map.of("countersign.dev/calls", "route-guide");

  /** Addresses of the node itself, and what may be asked there: names, the metadata server, the handshaker. */
  private static final Map<String, Set<String>> NODE = Map.of(
      "169.254.169.254/32", Set.of("53", "80", "8080"),
      "169.254.20.10/32", Set.of("53"),
      "169.254.169.252/32", Set.of("987", "988"));

  private final Traffic traffic;
  private final List<String> problems = new ArrayList<>();

  private TrafficChecks(Manifests manifests) {
    traffic = new Traffic(manifests.ofKind("NetworkPolicy"));
  }

  static List<String> problems(Manifests manifests) {
    TrafficChecks checks = new TrafficChecks(manifests);
    List<Workload> callers =
        manifests.workloads().stream().filter(Workload::isCaller).toList();
    for (Workload server :
        manifests.workloads().stream().filter(Workload::isServer).toList()) {
      callers.forEach(caller -> checks.closed(caller.toString(), End.pod(caller), server, ADMIN));
      checks.strangers(server, ADMIN);
      for (SpokenPlace listener : SpokenPlace.listeners(server.environment(manifests))) {
        callers.forEach(caller -> checks.open(caller, server, listener.port()));
        checks.strangers(server, listener.port());
      }
      checks.egress(server);
    }
    return checks.problems;
  }

  private void open(Workload caller, Workload server, int port) {
    End from = End.pod(caller);
    End to = End.pod(server);
    require(
        traffic.leaves(from, to, port) && traffic.enters(from, to, port),
        caller + " does not reach port " + port + " of " + server);
  }

  private void closed(String name, End from, Workload server, int port) {
    require(
        !traffic.enters(from, End.pod(server), port),
        name + " reaches port " + port + " of " + server);
  }

  private void strangers(Workload server, int port) {
    String own = server.object().namespace();
    closed("another pod", End.pod(own, Map.of("app", "another")), server, port);
    closed("another server", End.pod(server), server, port);
    closed("a caller of another namespace", End.pod("elsewhere", CALLS), server, port);
    closed("somebody outside", End.outside("203.0.113.7"), server, port);
  }

  /** The server asks for names and, where it may speak ALTS, its node. */
  private void egress(Workload server) {
    for (Tree rule : traffic.egress(End.pod(server))) {
      Set<String> ports = new TreeSet<>();
      rule.at("ports").items().forEach(port -> ports.add(port.at("port").text()));
      for (Tree peer : rule.at("to").items()) {
        boolean isSystem = peer.at("namespaceSelector", "matchLabels", Traffic.NAME_OF_NAMESPACE)
            .text()
            .equals("kube-system");
        Set<String> expected = isSystem
            ? Set.of("53")
            : NODE.getOrDefault(peer.at("ipBlock", "cidr").text(), Set.of());
        require(
            !ports.isEmpty() && expected.containsAll(ports),
            server + " asks more than names and its node: ports " + ports + " of " + peer.value());
      }
    }
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      problems.add(otherwise);
    }
  }
}
