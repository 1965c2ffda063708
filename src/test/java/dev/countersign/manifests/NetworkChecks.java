package dev.countersign.manifests;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What selects pods must select some, ports must be ones that somebody listens at, and nothing is open by omission. */
final class NetworkChecks {
  private final Manifests manifests;
  private final List<String> problems = new ArrayList<>();

  private NetworkChecks(Manifests manifests) {
    this.manifests = manifests;
  }

  static List<String> problems(Manifests manifests) {
    NetworkChecks checks = new NetworkChecks(manifests);
    manifests.ofKind("Service").forEach(checks::service);
    manifests.ofKind("NetworkPolicy").forEach(checks::networkPolicy);
    manifests.ofKind("PodDisruptionBudget").forEach(checks::disruptionBudget);
    manifests.ofKind("PodMonitoring").forEach(checks::podMonitoring);
    manifests.ofKind("HorizontalPodAutoscaler").forEach(checks::autoscaler);
    checks.denyByDefault();
    checks.namespaces();
    return checks.problems;
  }

  private void service(Tree service) {
    List<Workload> picked = picked(service, service.at("spec", "selector"));
    for (Tree port : service.at("spec", "ports").items()) {
      String target = port.at("targetPort").text();
      require(
          !picked.isEmpty()
              && picked.stream()
                  .allMatch(w -> w.container().at("ports").named(target).isPresent()),
          service,
          "leads to a port that its pods do not name");
    }
  }

  private void networkPolicy(Tree policy) {
    Tree selector = policy.at("spec", "podSelector", "matchLabels");
    List<Workload> picked = picked(policy, selector);
    Set<String> open = new HashSet<>();
    picked.forEach(workload -> workload
        .container()
        .at("ports")
        .items()
        .forEach(port -> open.add(port.at("containerPort").text())));
    for (Tree rule : policy.at("spec", "ingress").items()) {
      require(!rule.at("from").items().isEmpty(), policy, "lets everybody in");
      rule.at("ports")
          .items()
          .forEach(port -> require(
              open.contains(port.at("port").text()),
              policy,
              "opens a port that nobody listens at"));
      rule.at("from").items().forEach(peer -> knownPeer(policy, peer));
    }
    for (Tree rule : policy.at("spec", "egress").items()) {
      require(!rule.at("to").items().isEmpty(), policy, "lets everything out");
      rule.at("to").items().forEach(peer -> knownPeer(policy, peer));
    }
  }

  /** A peer of this namespace must be a pod that there is. */
  private void knownPeer(Tree policy, Tree peer) {
    if (!peer.at("namespaceSelector").exists() && !peer.at("ipBlock").exists()) {
      picked(policy, peer.at("podSelector", "matchLabels"));
    }
  }

  private void disruptionBudget(Tree budget) {
    picked(budget, budget.at("spec", "selector", "matchLabels"));
  }

  private void podMonitoring(Tree monitoring) {
    for (Workload workload : picked(monitoring, monitoring.at("spec", "selector", "matchLabels"))) {
      for (Tree endpoint : monitoring.at("spec", "endpoints").items()) {
        require(
            workload.container().at("ports").named(endpoint.at("port").text()).isPresent(),
            monitoring,
            "collects from a port that its pods do not name");
      }
    }
  }

  private void autoscaler(Tree autoscaler) {
    Tree target = autoscaler.at("spec", "scaleTargetRef");
    var scaled = manifests.find(
        target.at("kind").text(), autoscaler.namespace(), target.at("name").text());
    require(scaled.isPresent(), autoscaler, "scales what is not there");
    scaled.ifPresent(workload -> require(
        !workload.at("spec", "replicas").exists(),
        autoscaler,
        "fights with a fixed number of replicas"));
  }

  private void denyByDefault() {
    boolean denied = manifests.ofKind("NetworkPolicy").stream()
        .map(policy -> policy.at("spec"))
        .anyMatch(spec -> spec.at("podSelector").entries().isEmpty()
            && Set.copyOf(spec.at("policyTypes").texts()).equals(Set.of("Ingress", "Egress"))
            && spec.at("ingress").items().isEmpty()
            && spec.at("egress").items().isEmpty());
    if (!denied) {
      problems.add("nothing denies by default");
    }
  }

  private void namespaces() {
    for (Tree namespace : manifests.ofKind("Namespace")) {
      require(
          namespace
              .at("metadata", "labels", "pod-security.kubernetes.io/enforce")
              .text()
              .equals("restricted"),
          namespace,
          "does not enforce Pod Security");
    }
    for (Workload workload : manifests.workloads()) {
      require(
          manifests.find("Namespace", "", workload.object().namespace()).isPresent(),
          workload.object(),
          "is in a namespace that is not there");
    }
  }

  private List<Workload> picked(Tree object, Tree selector) {
    List<Workload> picked = manifests.workloads().stream()
        .filter(workload -> workload.object().namespace().equals(object.namespace()))
        .filter(workload -> selector.selects(workload.labels()))
        .toList();
    require(!picked.isEmpty(), object, "selects no pod");
    return picked;
  }

  private void require(boolean holds, Tree object, String otherwise) {
    if (!holds) {
      problems.add(object + " " + otherwise);
    }
  }
}
