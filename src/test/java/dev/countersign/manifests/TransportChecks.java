package dev.countersign.manifests;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Both ends of a connection speak the same. What is "auto" becomes ALTS or mutual TLS at each end for itself, and the ends
 * cannot ask each other; so each has a place beside it that is mutual TLS always.
 */
final class TransportChecks {
  private final Manifests manifests;
  private final List<String> problems = new ArrayList<>();

  private TransportChecks(Manifests manifests) {
    this.manifests = manifests;
  }

  static List<String> problems(Manifests manifests) {
    TransportChecks checks = new TransportChecks(manifests);
    for (Workload workload : manifests.workloads()) {
      List<String> words = workload.container().at("args").texts();
      if (words.contains("serve")) {
        checks.server(workload);
      } else if (words.contains("call")) {
        checks.caller(workload);
      } else if (words.contains("assess")) {
        checks.assessor(workload);
      }
    }
    return checks.problems;
  }

  private void server(Workload server) {
    List<SpokenPlace> listeners = SpokenPlace.listeners(server.environment(manifests));
    beside(server, listeners, "listener");
    for (SpokenPlace listener : listeners) {
      require(
          server.container().at("ports").items().stream()
              .anyMatch(port -> port.at("containerPort").number() == listener.port()),
          server,
          "listens at a port that it does not name");
    }
  }

  private void caller(Workload caller) {
    List<SpokenPlace> targets = SpokenPlace.targets(caller.environment(manifests));
    require(!targets.isEmpty(), caller, "calls nobody");
    beside(caller, targets, "target");
    targets.forEach(target -> meets(caller, target));
  }

  private void assessor(Workload assessor) {
    String spoken = assessor.environment(manifests).getOrDefault("COUNTERSIGN_TRANSPORT", "auto");
    for (String word : assessor.container().at("args").texts()) {
      if (word.startsWith("--target=")) {
        meets(assessor, SpokenPlace.parse(word.replace("--target", spoken)));
      }
    }
  }

  private void beside(Workload workload, List<SpokenPlace> places, String what) {
    require(
        places.stream().noneMatch(place -> place.transport().equals("auto"))
            || places.stream().anyMatch(place -> place.transport().equals("mtls")),
        workload,
        "has no " + what + " that is mutual TLS whatever \"auto\" becomes");
  }

  private void meets(Workload client, SpokenPlace target) {
    Optional<SpokenPlace> met = met(client.object().namespace(), target);
    require(
        met.isPresent(),
        client,
        "calls " + target.host() + ":" + target.port() + ", where nobody listens");
    met.ifPresent(listener -> require(
        listener.transport().equals(target.transport()),
        client,
        "speaks " + target.transport() + " where " + listener.transport() + " is spoken"));
  }

  /** The listener behind a port of a Service. */
  private Optional<SpokenPlace> met(String namespace, SpokenPlace target) {
    return manifests.find("Service", namespace, target.host()).stream()
        .flatMap(service -> service.at("spec", "ports").items().stream()
            .filter(port -> port.at("port").number() == target.port())
            .flatMap(port -> manifests.workloads().stream()
                .filter(Workload::isServer)
                .filter(server -> service.at("spec", "selector").selects(server.labels()))
                .flatMap(server -> listener(server, port.at("targetPort").text()).stream())))
        .findFirst();
  }

  private Optional<SpokenPlace> listener(Workload server, String name) {
    int port = server
        .container()
        .at("ports")
        .named(name)
        .map(each -> each.at("containerPort").number())
        .orElse(-1);
    return SpokenPlace.listeners(server.environment(manifests)).stream()
        .filter(listener -> listener.port() == port)
        .findFirst();
  }

  private void require(boolean holds, Workload workload, String otherwise) {
    if (!holds) {
      problems.add(workload + " " + otherwise);
    }
  }
}
