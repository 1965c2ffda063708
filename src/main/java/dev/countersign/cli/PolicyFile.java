package dev.countersign.cli;

import dev.countersign.policy.Policy;
import dev.countersign.policy.PolicyTests;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads what the policy commands are given. A pipe will do, and rights do not matter, because nothing is enforced from
 * here.
 */
final class PolicyFile {
  private static final int MAX_BYTES = 64 << 20;

  private PolicyFile() {}

  static Policy policy(Path file) throws IOException {
    return Policy.parse(file.toString(), read(file));
  }

  static PolicyTests tests(Path file) throws IOException {
    return PolicyTests.parse(file.toString(), read(file));
  }

  static byte[] read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "it is a directory");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new FileSystemException(
            file.toString(), null, "it is larger than " + MAX_BYTES + " bytes");
      }
      return content;
    }
  }
}
