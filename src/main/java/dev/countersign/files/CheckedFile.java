package dev.countersign.files;

import dev.countersign.files.FileProblem.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A file after its links were followed and its kind, place and rights were looked at. It is looked at again when it has
 * been read: another file under its name, or other rights, and what was read is thrown away. Whoever may write to a
 * directory above it can exchange it, or what it lies in, twice in between, or for a pipe that nobody writes; all of them
 * are therefore looked at as well. Who owns them is not: the user of a sidecar may well be another one.
 */
final class CheckedFile {
  private static final int STICKY = 01000;
  private static final int TIMES = 3;

  private final Path named;
  private final Path real;
  private final String what;
  private final Look look;

  private CheckedFile(Path named, Path real, String what) throws IOException {
    this.named = named;
    this.real = real;
    this.what = what;
    this.look = Look.at(real);
  }

  /** What must still be so when the file has been read; the key is null where the file system has none. */
  private record Look(@Nullable Object key, boolean isFile, Set<PosixFilePermission> permissions) {
    static Look at(Path path) throws IOException {
      BasicFileAttributes found =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return new Look(found.fileKey(), found.isRegularFile(), CheckedFile.permissions(path));
    }
  }

  /** Reads a file after it was checked. */
  interface Read {
    byte[] read() throws IOException;
  }

  /** Reads once more if the file was exchanged meanwhile, as it is when it is renewed. */
  static byte[] steadily(Read read) throws IOException {
    for (int time = 1; ; time++) {
      try {
        return read.read();
      } catch (FileProblem e) {
        if (e.reason() != Reason.EXCHANGED || time == TIMES) {
          throw e;
        }
      }
    }
  }

  /** Follows the links of a path; refuses what is not a regular file in the directory that the path names. */
  static CheckedFile at(Path path, String what) throws IOException {
    String subject = what + " " + FileProblem.quoted(path);
    try {
      Path absolute = path.toAbsolutePath();
      Path parent = absolute.getParent();
      if (parent == null) {
        throw new FileProblem(Reason.WRONG_KIND, subject + " is a directory (expected a file)");
      }
      Path directory = parent.toRealPath();
      Path real = absolute.toRealPath();
      if (!real.startsWith(directory)) {
        throw new FileProblem(
            Reason.LINK_LEADS_ELSEWHERE,
            subject + " is a link to " + FileProblem.quoted(real) + " (a link may only lead to a"
                + " file below its own directory); name that file itself");
      }
      // Looked at before it is opened: opening a pipe would wait for its writer.
      if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileProblem(
            Reason.WRONG_KIND,
            subject + " is " + (Files.isDirectory(real) ? "a directory" : "a pipe or a device")
                + " (expected a regular file)");
      }
      CheckedFile file = new CheckedFile(path, real, what);
      for (Path holder : directoriesAbove(absolute, real)) {
        file.refuseSharedDirectory(holder);
      }
      return file;
    } catch (NoSuchFileException e) {
      throw new FileProblem(
          Reason.MISSING,
          subject + (Files.isSymbolicLink(path) ? " is a link to nothing" : " does not exist"));
    } catch (AccessDeniedException e) {
      throw noAccess(subject);
    } catch (FileSystemLoopException e) {
      throw new FileProblem(Reason.WRONG_KIND, subject + " is a link to itself");
    }
  }

  CheckedFile refuseReadableByEveryone() throws IOException {
    if (look.permissions().contains(PosixFilePermission.OTHERS_READ)) {
      throw new FileProblem(
          Reason.READABLE_BY_EVERYONE,
          subject() + " is readable by everyone: "
              + PosixFilePermissions.toString(look.permissions()) + " (allowed: at most "
              + "rw-rw----); chmod 600 it, and make a new key if others use this machine");
    }
    return this;
  }

  CheckedFile refuseWritableByEveryone() throws IOException {
    if (look.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new FileProblem(
          Reason.WRITABLE_BY_EVERYONE,
          subject() + " is writable by everyone: "
              + PosixFilePermissions.toString(look.permissions()) + "; chmod o-w it");
    }
    return this;
  }

  byte[] read(int maxBytes) throws IOException {
    try (SeekableByteChannel channel =
        FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long size = channel.size();
      if (size > maxBytes) {
        throw tooLarge(size + " bytes", maxBytes);
      }
      // One byte more than it should need, so that a file that grows meanwhile shows itself.
      ByteBuffer content = ByteBuffer.allocate((int) size + 1);
      while (channel.read(content) > 0) {
        if (!content.hasRemaining()) {
          content = grown(content, maxBytes);
        }
      }
      if (!Look.at(real).equals(look)) {
        throw new FileProblem(
            Reason.EXCHANGED, subject() + " was exchanged, or its rights were, while it was read");
      }
      return Arrays.copyOf(content.array(), content.position());
    } catch (NoSuchFileException e) {
      throw new FileProblem(Reason.MISSING, subject() + " does not exist");
    } catch (AccessDeniedException e) {
      throw noAccess(subject());
    }
  }

  private ByteBuffer grown(ByteBuffer content, int maxBytes) throws FileProblem {
    if (content.position() > maxBytes) {
      throw tooLarge("more than " + maxBytes + " bytes", maxBytes);
    }
    int size = (int) Math.min((long) maxBytes + 1, 2L * content.capacity());
    return ByteBuffer.allocate(size).put(content.flip());
  }

  /** Every directory in which somebody could rename a part of the path, or exchange a link on the way; the root first. */
  private static Set<Path> directoriesAbove(Path named, Path real) throws IOException {
    Set<Path> directories = new TreeSet<>();
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      directories.add(above);
    }
    for (Path above = named.getParent(); above != null; above = above.getParent()) {
      directories.add(above.toRealPath());
    }
    return directories;
  }

  private void refuseSharedDirectory(Path directory) throws IOException {
    if (!permissions(directory).contains(PosixFilePermission.OTHERS_WRITE) || isSticky(directory)) {
      return;
    }
    throw new FileProblem(
        Reason.DIRECTORY_WRITABLE_BY_EVERYONE,
        subject() + " can be replaced by everyone: directory " + FileProblem.quoted(directory)
            + " is writable by everyone: " + rights(directory) + "; chmod o-w it");
  }

  private static boolean isSticky(Path directory) throws IOException {
    return Files.getFileStore(directory).supportsFileAttributeView(PosixFileAttributeView.class)
        && ((Integer) Files.getAttribute(directory, "unix:mode") & STICKY) != 0;
  }

  /** The rights of a file; none where the file system has no such rights. */
  private static Set<PosixFilePermission> permissions(Path path) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    return view == null ? Set.of() : view.readAttributes().permissions();
  }

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(permissions(path));
  }

  private FileProblem tooLarge(String found, int maxBytes) {
    return new FileProblem(
        Reason.TOO_LARGE, subject() + " is too large: " + found + " (at most " + maxBytes + ")");
  }

  private static FileProblem noAccess(String subject) {
    return new FileProblem(Reason.NO_ACCESS, subject + " may not be read by this process");
  }

  private String subject() {
    return what + " " + FileProblem.quoted(named);
  }
}
