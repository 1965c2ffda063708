package dev.countersign.manifests;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An object that runs pods.
 *
 * @param object the Deployment or CronJob
 * @param template what its pods are made from
 */
record Workload(Tree object, Tree template) {
  static Optional<Workload> of(Tree object) {
    return switch (object.kind()) {
      case "Deployment" -> Optional.of(new Workload(object, object.at("spec", "template")));
      case "CronJob" ->
        Optional.of(new Workload(object, object.at("spec", "jobTemplate", "spec", "template")));
      default -> Optional.empty();
    };
  }

  Tree pod() {
    return template.at("spec");
  }

  Tree labels() {
    return template.at("metadata", "labels");
  }

  List<Tree> containers() {
    return pod().at("containers").items();
  }

  /** The only container. */
  Tree container() {
    return containers().get(0);
  }

  String serviceAccount() {
    return pod().at("serviceAccountName").text();
  }

  boolean isServer() {
    return container().at("args").texts().contains("serve");
  }

  /** Whether it calls a server, once or again and again. */
  boolean isCaller() {
    List<String> args = container().at("args").texts();
    return args.contains("call") || args.contains("assess");
  }

  /** What its process finds in its environment. */
  Map<String, String> environment(Manifests manifests) {
    Map<String, String> environment = new TreeMap<>();
    for (Tree source : container().at("envFrom").items()) {
      manifests
          .find(
              "ConfigMap", object.namespace(), source.at("configMapRef", "name").text())
          .ifPresent(map ->
              map.at("data").entries().forEach((key, value) -> environment.put(key, value.text())));
    }
    for (Tree variable : container().at("env").items()) {
      environment.put(variable.at("name").text(), variable.at("value").text());
    }
    return environment;
  }

  @Override
  public String toString() {
    return object.toString();
  }
}
