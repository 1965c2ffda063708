package dev.countersign.manifests;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A command line that a pod of an overlay runs.
 *
 * @param overlay the overlay
 * @param arguments the words
 * @param environment the variables
 * @param mounts where its volumes are
 */
public record DeployedCommand(
    String overlay, List<String> arguments, Map<String, String> environment, List<String> mounts) {

  /** All that begin with this subcommand, in all overlays; there must be some. */
  public static List<DeployedCommand> all(String subcommand) throws IOException {
    List<DeployedCommand> all = new ArrayList<>();
    for (String overlay : Manifests.all()) {
      Manifests manifests = Manifests.read(overlay);
      for (Workload workload : manifests.workloads()) {
        List<String> arguments = workload.container().at("args").texts();
        if (arguments.get(0).equals(subcommand)) {
          List<String> mounts = workload.container().at("volumeMounts").items().stream()
              .map(mount -> mount.at("mountPath").text())
              .toList();
          all.add(new DeployedCommand(overlay, arguments, workload.environment(manifests), mounts));
        }
      }
    }
    return List.copyOf(all);
  }

  @Override
  public String toString() {
    return overlay + ": " + String.join(" ", arguments);
  }
}
