package dev.countersign.files;

import dev.countersign.files.FileProblem.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * Replaces a file so that a reader, a crash or a full disk sees the old content or the new, never a mixture: a new
 * file beside it, which has its final rights before its first byte, is flushed and then renamed over it.
 */
public final class AtomicFile {
  private static final String TEMPORARY = ".countersign-tmp";

  private AtomicFile() {}

  /** Who may read the file. */
  public enum Rights {
    /** The owner alone: 0600. */
    SECRET("rw-------"),
    /** Everyone; only the owner writes: 0644. */
    PUBLIC("rw-r--r--");

    private final String text;

    Rights(String text) {
      this.text = text;
    }

    private Set<PosixFilePermission> permissions() {
      return PosixFilePermissions.fromString(text);
    }
  }

  /** What is written; the seam at which a test fills the disk. */
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** A complete file beside the one that it will replace. */
  record Staged(Path temporary, Path target) {
    void rename() throws IOException {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Deletes it, unless it was renamed. */
    void discard() throws IOException {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Writes the whole file, whatever rights an earlier one had.
   *
   * @throws FileProblem if the path is a link or not a regular file
   * @throws IOException if writing fails; the old file is then untouched
   */
  public static void write(Path path, byte[] content, Rights rights) throws IOException {
    write(path, bytes(content), rights);
  }

  static void write(Path path, Content content, Rights rights) throws IOException {
    Staged staged = stage(path, content, rights);
    try {
      staged.rename();
    } finally {
      staged.discard();
    }
    flushDirectory(directoryOf(staged.target));
  }

  static Content bytes(byte[] content) {
    return channel -> {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    };
  }

  static Staged stage(Path path, Content content, Rights rights) throws IOException {
    Path target = path.toAbsolutePath();
    Path directory = directoryOf(target);
    refuseOtherKinds(target);
    Path temporary =
        directory.resolve("." + target.getFileName() + "." + UUID.randomUUID() + TEMPORARY);
    boolean complete = false;
    try {
      create(temporary, content, rights);
      complete = true;
      return new Staged(temporary, target);
    } catch (FileSystemException | FileProblem named) {
      throw named;
    } catch (IOException e) {
      // A full disk is told without the file's name.
      FileSystemException named = new FileSystemException(target.toString(), null, e.getMessage());
      named.initCause(e);
      throw named;
    } finally {
      if (!complete) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  private static Path directoryOf(Path target) throws FileProblem {
    Path directory = target.getParent();
    if (directory == null) {
      throw new FileProblem(
          Reason.WRONG_KIND, "file " + FileProblem.quoted(target) + " is a directory");
    }
    return directory;
  }

  /**
   * Deletes what a crash in the middle of a write left in a directory. Only for who holds the directory's lock.
   *
   * @throws IOException if the directory cannot be read or changed
   */
  public static void deleteLeftovers(Path directory) throws IOException {
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, ".*" + TEMPORARY)) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  private static void create(Path temporary, Content content, Rights rights) throws IOException {
    boolean posix = hasRights(temporary);
    FileAttribute<?>[] attributes = posix
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(rights.permissions())}
        : new FileAttribute<?>[0];
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(temporary, options, attributes)) {
      if (posix) {
        // The umask may have taken away what a public file needs.
        Files.setPosixFilePermissions(temporary, rights.permissions());
      }
      content.writeTo(channel);
      channel.force(true);
    }
  }

  private static void refuseOtherKinds(Path target) throws FileProblem {
    if (Files.isSymbolicLink(target)) {
      throw new FileProblem(
          Reason.LINK_LEADS_ELSEWHERE,
          "file " + FileProblem.quoted(target) + " is a link (links are not written through);"
              + " remove it");
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileProblem(
          Reason.WRONG_KIND,
          "file " + FileProblem.quoted(target) + " is a directory, a pipe or a device");
    }
  }

  static void flushDirectory(Path directory) throws IOException {
    // Elsewhere a directory cannot be opened, and a rename is flushed with its file.
    if (hasRights(directory)) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static boolean hasRights(Path path) {
    return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
  }
}
