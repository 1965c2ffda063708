package dev.countersign.platform;

import java.util.List;
import java.util.Optional;

/**
 * Google's serverless places, told by the variables that they set; none of them has a handshaker. Knative sets the
 * variables of a Cloud Run service too, on any Kubernetes: there they mean nothing. Cloud Run sets none of Kubernetes'.
 */
final class Serverless {
  private static final List<String> CLOUD_RUN = List.of("K_SERVICE", "CLOUD_RUN_JOB");
  private static final List<String> FUNCTIONS = List.of("FUNCTION_TARGET");
  private static final List<String> APP_ENGINE =
      List.of("GAE_SERVICE", "GAE_ENV", "GAE_APPLICATION");

  private Serverless() {}

  /** What was found, such as {@code Cloud Run (K_SERVICE is set)}. */
  static Optional<String> at(Machine machine) {
    if (machine.isInKubernetes()) {
      return Optional.empty();
    }
    return set(machine, "Cloud Functions", FUNCTIONS)
        .or(() -> set(machine, "Cloud Run", CLOUD_RUN))
        .or(() -> set(machine, "App Engine", APP_ENGINE));
  }

  private static Optional<String> set(Machine machine, String place, List<String> variables) {
    return variables.stream()
        .filter(name -> !machine.variable(name).isEmpty())
        .findFirst()
        .map(name -> place + " (" + name + " is set)");
  }
}
