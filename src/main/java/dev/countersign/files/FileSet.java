package dev.countersign.files;

import dev.countersign.files.AtomicFile.Content;
import dev.countersign.files.AtomicFile.Rights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Several files of one directory that belong together, such as a key and its certificate. All are written beside the
 * old ones and flushed first, and then renamed in the order in which they were put: a full disk changes nothing, and a
 * reader meets old and new together only for the moment between two renames. Each file is old or new, never a mixture.
 */
public final class FileSet {
  private final Path directory;
  private final List<Entry> entries = new ArrayList<>();

  /** A set of files of an existing directory. */
  public FileSet(Path directory) {
    this.directory = directory;
  }

  private record Entry(Path target, Content content, Rights rights) {}

  /** Adds a file. */
  public FileSet put(String name, byte[] content, Rights rights) {
    return put(name, AtomicFile.bytes(content), rights);
  }

  FileSet put(String name, Content content, Rights rights) {
    entries.add(new Entry(directory.resolve(name), content, rights));
    return this;
  }

  /**
   * Puts all of them in place.
   *
   * @throws FileProblem if a link or a directory stands where a file should go; nothing is changed then
   * @throws IOException if writing fails; nothing is changed then, unless a rename itself fails
   */
  public void replace() throws IOException {
    try (Ready ready = prepare()) {
      ready.replace();
    }
  }

  /**
   * Writes all of them beside the old ones, so that what may fail has been done.
   *
   * @throws FileProblem if a link or a directory stands where a file should go; nothing is changed then
   * @throws IOException if writing fails; nothing is changed then
   */
  public Ready prepare() throws IOException {
    List<AtomicFile.Staged> staged = new ArrayList<>();
    boolean complete = false;
    try {
      for (Entry entry : entries) {
        staged.add(AtomicFile.stage(entry.target, entry.content, entry.rights));
      }
      complete = true;
      return new Ready(directory, staged);
    } finally {
      if (!complete) {
        discard(staged);
      }
    }
  }

  private static void discard(List<AtomicFile.Staged> staged) throws IOException {
    for (AtomicFile.Staged file : staged) {
      file.discard();
    }
  }

  /** Files that are complete and wait to be put in place; closing discards those that were not. */
  public static final class Ready implements AutoCloseable {
    private final Path directory;
    private final List<AtomicFile.Staged> staged;

    private Ready(Path directory, List<AtomicFile.Staged> staged) {
      this.directory = directory;
      this.staged = staged;
    }

    /**
     * Renames them in order.
     *
     * @throws IOException if a rename fails; those before it are done
     */
    public void replace() throws IOException {
      for (AtomicFile.Staged file : staged) {
        file.rename();
      }
      AtomicFile.flushDirectory(directory);
    }

    @Override
    public void close() throws IOException {
      discard(staged);
    }
  }
}
