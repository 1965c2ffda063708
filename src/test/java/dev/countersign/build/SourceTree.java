package dev.countersign.build;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The text files of the project, by their path from its root: what is written by hand, not what is made from it. */
record SourceTree(Map<String, List<String>> files) {
  private static final Set<String> MADE =
      Set.of("target", ".git", ".idea", ".vscode", "certs/out", "node_modules", "__pycache__");
  private static final Set<String> NOT_TEXT = Set.of("png", "jpg", "gif", "ico", "pdf", "der");

  /** The project that the tests run in: Maven starts them in its root. */
  static SourceTree here() throws IOException {
    return at(Path.of("").toAbsolutePath());
  }

  static SourceTree at(Path root) throws IOException {
    Map<String, List<String>> files = new TreeMap<>();
    Files.walkFileTree(root, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
        return MADE.contains(nameOf(dir)) || MADE.contains(dir.getFileName().toString())
            ? FileVisitResult.SKIP_SUBTREE
            : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
          throws IOException {
        String name = nameOf(file);
        if (attributes.isRegularFile()
            && !name.equals(".git")
            && !NOT_TEXT.contains(name.substring(name.lastIndexOf('.') + 1))) {
          files.put(name, Files.readAllLines(file));
        }
        return FileVisitResult.CONTINUE;
      }

      private String nameOf(Path path) {
        return root.relativize(path).toString().replace('\\', '/');
      }
    });
    return new SourceTree(files);
  }

  /** Each line that the rule forbids, as {@code path:line: text}. */
  List<String> violationsOf(StyleRule rule) {
    List<String> found = new ArrayList<>();
    files.forEach((name, lines) -> {
      if (rule.files().test(name)) {
        for (int i = 0; i < lines.size(); i++) {
          if (rule.catches(lines.get(i))) {
            found.add(name + ":" + (i + 1) + ": " + lines.get(i).strip());
          }
        }
      }
    });
    return found;
  }

  List<String> javaFilesLongerThan(int lines) {
    return files.entrySet().stream()
        .filter(file -> file.getKey().endsWith(".java") && file.getValue().size() > lines)
        .map(file -> file.getKey() + ": " + file.getValue().size() + " lines")
        .toList();
  }

  /** Directories of the main sources without a {@code package-info.java} that says {@code @NullMarked}. */
  List<String> packagesNotNullMarked() {
    return mainPackages().keySet().stream()
        .filter(directory -> !files
            .getOrDefault(directory + "/package-info.java", List.of())
            .contains("@NullMarked"))
        .toList();
  }

  /** How many types other packages can see, by directory of the main sources. */
  Map<String, Long> publicTypes() {
    Map<String, Long> counts = new TreeMap<>();
    mainPackages()
        .forEach((directory, names) -> counts.put(
            directory,
            names.stream()
                .filter(name -> files.getOrDefault(name, List.of()).stream()
                    .anyMatch(line -> line.startsWith("public ")))
                .count()));
    return counts;
  }

  /** Files with tests in them that Maven would not run, because of their name. */
  List<String> testsThatNothingRuns() {
    return files.entrySet().stream()
        .filter(file -> file.getKey().startsWith("src/test/java/"))
        .filter(file -> !file.getKey().matches(".*(Test|IT)\\.java"))
        .filter(file -> file.getValue().stream()
            .anyMatch(line -> line.strip().matches("@(Test|ParameterizedTest|TestFactory)\\b.*")))
        .map(Map.Entry::getKey)
        .toList();
  }

  private Map<String, List<String>> mainPackages() {
    Map<String, List<String>> packages = new TreeMap<>();
    for (String name : files.keySet()) {
      if (name.startsWith("src/main/java/") && name.endsWith(".java")) {
        packages
            .computeIfAbsent(name.substring(0, name.lastIndexOf('/')), d -> new ArrayList<>())
            .add(name);
      }
    }
    return packages;
  }
}
