package dev.countersign.manifests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A folder with a {@code kustomization.yaml}: what it gathers, and what it patches. kustomize itself says nothing about a
 * JSON patch without a target, and lets a patch with a misspelt container name add a container.
 *
 * @param folder where it is
 * @param file the file's content
 */
record Kustomization(Path folder, Tree file) {
  static Kustomization in(Path folder) throws IOException {
    Path normal = folder.normalize();
    return new Kustomization(
        normal, documents(normal.resolve("kustomization.yaml")).get(0));
  }

  /** All objects that its own patches can meet; a component's patches meet those of whoever uses it. */
  List<Tree> gathered() throws IOException {
    List<Tree> gathered = new ArrayList<>();
    for (String resource : file.at("resources").texts()) {
      Path path = folder.resolve(resource);
      gathered.addAll(Files.isDirectory(path) ? in(path).gathered() : documents(path));
    }
    for (String component : file.at("components").texts()) {
      gathered.addAll(in(folder.resolve(component)).gathered());
    }
    return gathered;
  }

  List<String> problems(List<Tree> objects) throws IOException {
    List<String> problems = new ArrayList<>();
    for (Tree entry : file.at("patches").items()) {
      Tree target = entry.at("target");
      List<Tree> met = objects.stream()
          .filter(object -> object.at("kind").equals(target.at("kind")))
          .filter(object -> object.name().equals(target.at("name").text()))
          .toList();
      String name = entry.at("path").text();
      if (met.size() != 1) {
        problems.add(name + " has " + met.size() + " targets");
      } else {
        Tree patch = documents(folder.resolve(name)).get(0);
        problems.addAll(misfits(name, patch, met.get(0)));
      }
    }
    return problems;
  }

  private static List<String> misfits(String name, Tree patch, Tree target) {
    List<String> problems = new ArrayList<>();
    if (!patch.items().isEmpty()) {
      return problems;
    }
    if (!patch.toString().equals(target.toString())
        || !patch.namespace().equals(target.namespace())) {
      problems.add(name + " is written for " + patch + " and meets " + target);
    }
    Workload.of(patch).ifPresent(patched -> {
      Tree containers = Workload.of(target).orElseThrow().pod().at("containers");
      for (Tree container : patched.containers()) {
        if (containers.named(container.at("name").text()).isEmpty()) {
          problems.add(name + " adds a container \"" + container.at("name").text() + "\"");
        }
      }
    });
    return problems;
  }

  private static List<Tree> documents(Path file) throws IOException {
    return Tree.documents(Files.readString(file));
  }
}
