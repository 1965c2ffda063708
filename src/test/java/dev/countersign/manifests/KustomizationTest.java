package dev.countersign.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class KustomizationTest {
  @TempDir
  Path directory;

  static List<Path> folders() throws IOException {
    try (Stream<Path> files = Files.walk(Manifests.FOLDER)) {
      return files
          .filter(file -> file.endsWith("kustomization.yaml"))
          .map(Path::getParent)
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void eachPatchMeetsExactlyWhatItIsWrittenFor(Path folder) throws Exception {
    Kustomization kustomization = Kustomization.in(folder);
    List<Tree> objects = folder.startsWith(Manifests.FOLDER.resolve("components"))
        ? Kustomization.in(Manifests.FOLDER.resolve("examples/all-components")).gathered()
        : kustomization.gathered();

    assertThat(kustomization.problems(objects)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("folders")
  void eachFolderSaysWhatItIsFor(Path folder) throws Exception {
    assertThat(Files.readString(folder.resolve("kustomization.yaml"))).startsWith("# ");
  }

  @Test
  void thereAreFolders() throws Exception {
    assertThat(folders()).hasSizeGreaterThan(10);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          kustomization.yaml | name: route       | name: rout     | patch.yaml has 0 targets
          patch.yaml         | name: route       | name: rout     | patch.yaml is written for Deployment/rout and meets Deployment/route
          patch.yaml         | - name: countersign | - name: conter | patch.yaml adds a container "conter"
          """)
  void findsAPatchThatMeetsSomethingElse(String file, String right, String wrong, String problem)
      throws Exception {
    String patch = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: route
        spec:
          template:
            spec:
              containers:
                - name: countersign
        """;
    write("deployment.yaml", patch);
    String kustomization = """
        resources: [deployment.yaml]
        patches:
          - path: patch.yaml
            target: {kind: Deployment, name: route}
        """;
    write("kustomization.yaml", kustomization);
    write("patch.yaml", patch);
    assertThat(problems()).isEmpty();

    write(file, (file.equals("patch.yaml") ? patch : kustomization).replace(right, wrong));

    assertThat(problems()).containsExactly(problem);
  }

  private List<String> problems() throws IOException {
    Kustomization kustomization = Kustomization.in(directory);
    return kustomization.problems(kustomization.gathered());
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }
}
