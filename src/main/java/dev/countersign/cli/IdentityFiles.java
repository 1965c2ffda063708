package dev.countersign.cli;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The files of one identity.
 *
 * @param certificates the leaf, then intermediates
 * @param key its private key
 * @param trust the trust anchors
 * @param crl the revocation list, if one is named
 * @param crlIsOptional whether the list may be missing now and appear later, as in an identity directory
 */
record IdentityFiles(
    Path certificates, Path key, Path trust, Optional<Path> crl, boolean crlIsOptional) {

  /** The names that Kubernetes uses. */
  static IdentityFiles in(Path directory) {
    return new IdentityFiles(
        directory.resolve("tls.crt"),
        directory.resolve("tls.key"),
        directory.resolve("ca.crt"),
        Optional.of(directory.resolve("crl.pem")),
        true);
  }
}
