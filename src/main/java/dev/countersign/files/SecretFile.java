package dev.countersign.files;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file that only its owner, and perhaps its group, may read: a private key. What Kubernetes mounts passes: files of
 * root that a group reads, behind {@code ..data} links.
 */
public final class SecretFile {
  /** No key is larger: 1 MiB. */
  static final int MAX_BYTES = 1 << 20;

  private SecretFile() {}

  /**
   * The whole content.
   *
   * @throws FileProblem if it is missing, not a regular file, readable or writable by everyone, replaceable by
   *     everyone, behind a link that leads out of its directory, exchanged again and again meanwhile, or larger than 1 MiB
   * @throws IOException if reading fails otherwise
   */
  public static byte[] read(Path path) throws IOException {
    return CheckedFile.steadily(() -> CheckedFile.at(path, "secret file")
        .refuseReadableByEveryone()
        .refuseWritableByEveryone()
        .read(MAX_BYTES));
  }
}
