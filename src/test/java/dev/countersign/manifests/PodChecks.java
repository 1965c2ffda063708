package dev.countersign.manifests;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What no schema says about a pod: its parts must fit each other, and Pod Security "restricted" must accept it. */
final class PodChecks {
  private static final int MARGIN_SECONDS = 15;
  private static final String POOL = "countersign.dev/identity";

  private final Manifests manifests;
  private final List<String> problems = new ArrayList<>();

  private PodChecks(Manifests manifests) {
    this.manifests = manifests;
  }

  static List<String> problems(Manifests manifests) {
    PodChecks checks = new PodChecks(manifests);
    manifests.workloads().forEach(checks::check);
    return checks.problems;
  }

  private void check(Workload workload) {
    require(workload.containers().size() == 1, workload, "has more than one container");
    Tree selector = workload.object().at("spec", "selector", "matchLabels");
    require(selector.selects(workload.labels()), workload, "selects other pods than its own");
    require(
        manifests
            .find("ServiceAccount", workload.object().namespace(), workload.serviceAccount())
            .isPresent(),
        workload,
        "has a service account that is not there");
    volumes(workload);
    security(workload);
    nodes(workload);
    image(workload);
    configMaps(workload);
    if (workload.isServer()) {
      probes(workload);
      drain(workload);
    }
  }

  private void volumes(Workload workload) {
    Set<String> volumes = new HashSet<>();
    for (Tree volume : workload.pod().at("volumes").items()) {
      require(volumes.add(volume.at("name").text()), workload, "has two volumes of one name");
    }
    for (Tree mount : workload.container().at("volumeMounts").items()) {
      require(
          volumes.remove(mount.at("name").text()), workload, "mounts a volume that is not there");
      require(!mount.at("subPath").exists(), workload, "mounts by subPath, which never changes");
      if (mount.at("mountPath").text().equals("/tmp")) {
        require(!mount.at("readOnly").isTrue(), workload, "has a /tmp that cannot be written");
        volumes.add("/tmp");
      }
    }
    require(volumes.remove("/tmp"), workload, "has no /tmp, which native libraries need");
    require(volumes.isEmpty(), workload, "has a volume that nothing mounts");
  }

  private void security(Workload workload) {
    Tree pod = workload.pod();
    require(pod.at("securityContext", "runAsNonRoot").isTrue(), workload, "may run as root");
    require(pod.at("securityContext", "runAsUser").number() == 65532, workload, "is another user");
    require(
        pod.at("securityContext", "seccompProfile", "type").text().equals("RuntimeDefault"),
        workload,
        "has no seccomp profile");
    require(pod.at("automountServiceAccountToken").isFalse(), workload, "mounts a token");
    require(pod.at("enableServiceLinks").isFalse(), workload, "takes variables from services");
    for (String shared : List.of("hostNetwork", "hostPID", "hostIPC")) {
      require(!pod.at(shared).exists(), workload, "shares with its node: " + shared);
    }
    Tree own = workload.container().at("securityContext");
    require(own.at("allowPrivilegeEscalation").isFalse(), workload, "may gain privileges");
    require(own.at("readOnlyRootFilesystem").isTrue(), workload, "can write its root");
    require(
        own.at("capabilities", "drop").texts().equals(List.of("ALL")),
        workload,
        "keeps capabilities");
    require(!own.at("capabilities", "add").exists(), workload, "adds capabilities");
    require(!own.at("privileged").isTrue(), workload, "is privileged");
    Tree resources = workload.container().at("resources");
    require(
        resources.at("limits", "memory").exists()
            && resources.at("limits", "memory").equals(resources.at("requests", "memory")),
        workload,
        "has not as much memory as it may use");
  }

  /** Where a node has one identity, every pod runs on nodes of its own. */
  private void nodes(Workload workload) {
    boolean pools = manifests.workloads().stream()
        .anyMatch(each -> each.pod().at("nodeSelector", POOL).exists());
    if (pools) {
      String own = workload.serviceAccount();
      require(
          workload.pod().at("nodeSelector", POOL).text().equals(own),
          workload,
          "runs on nodes of another identity");
      require(
          workload.pod().at("tolerations").items().stream()
              .anyMatch(each -> each.at("key").text().equals(POOL)
                  && each.at("value").text().equals(own)
                  && each.at("effect").text().equals("NoSchedule")),
          workload,
          "is kept away from its nodes");
    }
  }

  private void image(Workload workload) {
    String image = workload.container().at("image").text();
    boolean byDigest = image.matches(".+@sha256:[0-9a-f]{64}");
    require(byDigest || manifests.name().equals("dev"), workload, "has an image without a digest");
  }

  private void configMaps(Workload workload) {
    String namespace = workload.object().namespace();
    for (Tree source : workload.container().at("envFrom").items()) {
      String name = source.at("configMapRef", "name").text();
      require(
          manifests.find("ConfigMap", namespace, name).isPresent(),
          workload,
          "takes flags from a ConfigMap that is not there");
    }
  }

  private void probes(Workload workload) {
    Tree ports = workload.container().at("ports");
    String admin =
        ":" + ports.named("admin").map(port -> port.at("containerPort").text()).orElse("");
    require(
        workload.environment(manifests).getOrDefault("COUNTERSIGN_ADMIN", "").equals(admin),
        workload,
        "has another admin port than it names");
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      Tree http = workload.container().at(probe, "httpGet");
      require(
          http.at("port").text().equals("admin"), workload, "is probed elsewhere than at admin");
      String path = probe.equals("readinessProbe") ? "/readyz" : "/livez";
      require(http.at("path").text().equals(path), workload, "is probed at another path");
    }
  }

  private void drain(Workload workload) {
    int before =
        workload.container().at("lifecycle", "preStop", "sleep", "seconds").number();
    String drain = workload.environment(manifests).getOrDefault("COUNTERSIGN_DRAIN", "");
    int seconds = drain.matches("[0-9]+s") ? Integer.parseInt(drain.replace("s", "")) : -1;
    int grace = workload.pod().at("terminationGracePeriodSeconds").number();
    require(
        before > 0 && seconds > 0 && before + seconds + MARGIN_SECONDS <= grace,
        workload,
        "is killed before it has drained");
  }

  private void require(boolean holds, Workload workload, String otherwise) {
    if (!holds) {
      problems.add(workload + " " + otherwise);
    }
  }
}
