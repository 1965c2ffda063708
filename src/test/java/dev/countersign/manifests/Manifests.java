package dev.countersign.manifests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What kustomize makes of an overlay, as committed under {@code k8s/rendered}; a script compares it with a fresh rendering.
 *
 * @param name the overlay's or the example's
 * @param objects all objects
 */
record Manifests(String name, List<Tree> objects) {
  static final Path FOLDER = Path.of("k8s");

  static Manifests read(String name) throws IOException {
    return of(name, text(name));
  }

  static Manifests of(String name, String yaml) {
    return new Manifests(name, Tree.documents(yaml));
  }

  static String text(String name) throws IOException {
    return Files.readString(FOLDER.resolve("rendered").resolve(name + ".yaml"));
  }

  /** The names of all renderings. */
  static List<String> all() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve("rendered"))) {
      return files
          .map(file -> file.getFileName().toString().replace(".yaml", ""))
          .sorted()
          .toList();
    }
  }

  List<Tree> ofKind(String kind) {
    return objects.stream().filter(object -> object.kind().equals(kind)).toList();
  }

  Optional<Tree> find(String kind, String namespace, String name) {
    return ofKind(kind).stream()
        .filter(object -> object.name().equals(name) && object.namespace().equals(namespace))
        .findFirst();
  }

  /** Everything that runs pods. */
  List<Workload> workloads() {
    return objects.stream().flatMap(object -> Workload.of(object).stream()).toList();
  }
}
