package dev.countersign.assessment;

import dev.countersign.credentials.IdentityFiles;
import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pem.PemPrivateKey;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.text.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a TLS client presents, right or wrong.
 *
 * @param chain the certificates, in the order in which they are sent
 * @param key the key that signs the handshake, whether or not it belongs to the first certificate
 */
public record ClientIdentity(List<X509Certificate> chain, PrivateKey key) {

  /** An identity; the list is copied. */
  public ClientIdentity {
    chain = List.copyOf(chain);
  }

  /**
   * The identity in a directory with {@code tls.crt} and {@code tls.key}.
   *
   * @throws IOException if a file cannot be read
   * @throws PemException if one does not parse
   */
  public static ClientIdentity in(Path directory) throws IOException, PemException {
    return in(IdentityFiles.in(directory));
  }

  /** The identity in files. */
  static ClientIdentity in(IdentityFiles files) throws IOException, PemException {
    return new ClientIdentity(
        PemCertificates.parse(name(files.certificate()), Files.readAllBytes(files.certificate())),
        PemPrivateKey.parse(name(files.key()), Files.readAllBytes(files.key())));
  }

  private static String name(Path file) {
    return Quoted.file(String.valueOf(file.getFileName()));
  }

  /** A forged certificate with what issued it. */
  static ClientIdentity of(ForgedCertificate forged) {
    return new ClientIdentity(forged.chain(), forged.privateKey());
  }

  X509Certificate leaf() {
    return chain.get(0);
  }

  /** The same certificates with another key. */
  ClientIdentity withKey(PrivateKey other) {
    return new ClientIdentity(chain, other);
  }

  /** The same key with other certificates. */
  ClientIdentity withChain(List<X509Certificate> certificates) {
    return new ClientIdentity(certificates, key);
  }

  @Override
  public String toString() {
    return chain.size() + " certificates";
  }
}
