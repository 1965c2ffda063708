package dev.countersign.files;

import dev.countersign.files.FileProblem.Reason;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A directory that only its owner may enter: 0700. */
public final class PrivateDirectory {
  private static final Set<PosixFilePermission> RIGHTS =
      PosixFilePermissions.fromString("rwx------");

  private PrivateDirectory() {}

  /**
   * Makes the directory and those above it, or takes wider rights away from one that is there.
   *
   * @throws FileProblem if a link or a file stands in its place
   * @throws IOException if it cannot be made
   */
  public static void create(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    boolean posix = Files.getFileAttributeView(absolute, PosixFileAttributeView.class) != null;
    FileAttribute<?>[] attributes = posix
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(RIGHTS)}
        : new FileAttribute<?>[0];
    Path parent = absolute.getParent();
    if (parent != null) {
      Files.createDirectories(parent, attributes);
    }
    try {
      Files.createDirectory(absolute, attributes);
    } catch (FileAlreadyExistsException e) {
      refuseOtherKinds(absolute);
    }
    if (posix && !Files.getPosixFilePermissions(absolute).equals(RIGHTS)) {
      Files.setPosixFilePermissions(absolute, RIGHTS);
    }
  }

  private static void refuseOtherKinds(Path path) throws FileProblem {
    if (Files.isSymbolicLink(path)) {
      throw new FileProblem(
          Reason.LINK_LEADS_ELSEWHERE,
          "directory " + FileProblem.quoted(path) + " is a link (expected the directory itself)");
    }
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileProblem(
          Reason.WRONG_KIND, "directory " + FileProblem.quoted(path) + " is not a directory");
    }
  }
}
