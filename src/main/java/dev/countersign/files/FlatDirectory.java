package dev.countersign.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A directory whose files count together. Names that begin with a dot do not: editors keep their drafts there and
 * Kubernetes its {@code ..data}. Directories in it are not entered.
 */
public final class FlatDirectory {
  private FlatDirectory() {}

  /**
   * Its files and links to files, by name.
   *
   * @throws IOException if it cannot be read
   */
  public static List<Path> files(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (!String.valueOf(entry.getFileName()).startsWith(".") && !Files.isDirectory(entry)) {
          files.add(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    files.sort(null);
    return files;
  }
}
