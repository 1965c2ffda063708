package dev.countersign.files;

import java.io.IOException;
import java.nio.file.Path;

/** A file that everyone may read and few may change: a certificate, a trust anchor, a revocation list, a policy. */
public final class PublicFile {
  private PublicFile() {}

  /**
   * The whole content.
   *
   * @param maxBytes refuse a larger file
   * @throws FileProblem if it is missing, not a regular file, writable or replaceable by everyone, behind a link that
   *     leads out of its directory, exchanged again and again meanwhile, or too large
   * @throws IOException if reading fails otherwise
   */
  public static byte[] read(Path path, int maxBytes) throws IOException {
    return CheckedFile.steadily(
        () -> CheckedFile.at(path, "file").refuseWritableByEveryone().read(maxBytes));
  }
}
