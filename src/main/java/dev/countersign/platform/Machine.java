package dev.countersign.platform;

import java.nio.file.Path;
import java.util.Map;

/**
 * What a decision about this machine may look at; a test makes its own.
 *
 * @param root where the file system begins
 * @param environment the environment variables
 * @param operatingSystem its name as the JVM tells it, such as {@code Linux}
 */
public record Machine(Path root, Map<String, String> environment, String operatingSystem) {

  /** A machine; the map is copied. */
  public Machine {
    environment = Map.copyOf(environment);
  }

  /** The machine that this process runs on. */
  public static Machine here() {
    return new Machine(Path.of("/"), System.getenv(), System.getProperty("os.name", ""));
  }

  /** Whether this is a container of some Kubernetes, which tells each where its API is. */
  boolean isInKubernetes() {
    return !variable("KUBERNETES_SERVICE_HOST").isEmpty();
  }

  /** An environment variable; empty if it is not set. */
  String variable(String name) {
    return environment.getOrDefault(name, "");
  }
}
