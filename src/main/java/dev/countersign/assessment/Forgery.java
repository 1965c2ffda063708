package dev.countersign.assessment;

import dev.countersign.pem.PemCertificates;
import dev.countersign.pem.PemException;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.PkiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Certificates for attacks: of a rogue authority that is made here, and, where the real authority's directory was given,
 * of the real one. They name the allowed identity, so that nothing but the one wrong thing stands against them.
 */
final class Forgery {
  private static final int URI = 6;

  private final Target target;
  private final CertificateForge forge;
  private @Nullable ForgedCertificate issuer;

  Forgery(Target target, InstantSource clock) {
    this.target = target;
    this.forge = CertificateForge.at(clock);
  }

  CertificateForge forge() {
    return forge;
  }

  /** The authority that the target trusts. */
  synchronized ForgedCertificate issuer() throws IOException, CannotRunException {
    ForgedCertificate known = issuer;
    if (known == null) {
      Path directory =
          target.authority().orElseThrow(() -> new CannotRunException("it needs --ca-dir"));
      try {
        known = forge.issuerIn(directory);
      } catch (PkiException e) {
        throw new IOException("--ca-dir cannot be used: " + e.getMessage(), e);
      }
      issuer = known;
    }
    return known;
  }

  /** An authority that nobody trusts. */
  ForgedCertificate rogue() {
    return forge.root("CN=countersign assess rogue").selfSigned();
  }

  /** An authority with the name of one that the allowed identity trusts, and another key. */
  ForgedCertificate twin(ClientIdentity allowed) throws IOException, CannotRunException {
    Path anchors = target.identity().orElseThrow().trust();
    if (!Files.exists(anchors)) {
      throw new CannotRunException("it needs the trust anchors of the allowed identity");
    }
    try {
      X509Certificate anchor =
          PemCertificates.parse("ca.crt", Files.readAllBytes(anchors)).get(0);
      return forge.root(anchor.getSubjectX500Principal().getName()).selfSigned();
    } catch (PemException e) {
      throw new IOException("ca.crt cannot be used: " + e.getMessage(), e);
    }
  }

  /** The allowed identity's id, by which it is known to the policy. */
  static String idOf(ClientIdentity identity) throws CannotRunException {
    return uriOf(identity.leaf())
        .orElseThrow(() -> new CannotRunException("it needs an allowed identity with a SPIFFE id"));
  }

  private static Optional<String> uriOf(X509Certificate leaf) throws CannotRunException {
    try {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      return names == null
          ? Optional.empty()
          : names.stream()
              .filter(name -> Integer.valueOf(URI).equals(name.get(0)))
              .map(name -> String.valueOf(name.get(1)))
              .findFirst();
    } catch (CertificateParsingException e) {
      throw new CannotRunException("the allowed identity's names cannot be read");
    }
  }

  /** A draft with nothing wrong but that it is forged. */
  CertificateDraft like(ClientIdentity identity) throws CannotRunException {
    return forge.leaf().spiffe(idOf(identity)).clientAndServer();
  }

  /** The same without a name. */
  CertificateDraft unnamed() {
    return forge.leaf().clientAndServer();
  }
}
