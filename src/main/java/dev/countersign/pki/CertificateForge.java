package dev.countersign.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Makes certificates of any kind, above all wrong ones, for tests and for attacks on a live endpoint. What it makes by
 * default is right; each wrong thing is asked for by name. The authority itself never uses it.
 *
 * <pre>{@code
 * CertificateForge forge = CertificateForge.at(clock);
 * ForgedCertificate root = forge.root("CN=Test root").selfSigned();
 * ForgedCertificate issuing = forge.intermediate("CN=Test issuing").issuedBy(root);
 * ForgedCertificate leaf = forge.leaf().spiffe("spiffe://example.org/a").clientAndServer().issuedBy(issuing);
 * }</pre>
 */
public final class CertificateForge {
  private final InstantSource clock;

  private CertificateForge(InstantSource clock) {
    this.clock = clock;
  }

  /** A forge whose certificates are valid by this clock: from five minutes ago, for a day. */
  public static CertificateForge at(InstantSource clock) {
    return new CertificateForge(clock);
  }

  /**
   * The issuing authority of a directory that {@link CertificateAuthority} keeps, to forge below it. The directory does
   * not learn of what is forged.
   *
   * @throws PkiException if there is no authority, or its key cannot be read
   * @throws IOException if a file cannot be read
   */
  public ForgedCertificate issuerIn(Path directory) throws IOException, PkiException {
    try (OpenAuthority open = OpenAuthority.open(directory, clock.instant())) {
      Authority authority = open.directory().readAuthority(open.state().issuing());
      ForgedCertificate root = forged(authority.root(), null);
      return forged(authority.intermediate(), root);
    }
  }

  private static ForgedCertificate forged(
      Authority.Holder holder, @Nullable ForgedCertificate issuer) {
    return new ForgedCertificate(
        holder.certificate(),
        new KeyPair(holder.certificate().getPublicKey(), holder.key()),
        issuer);
  }

  /** A root; end with {@link CertificateDraft#selfSigned()}. */
  public CertificateDraft root(String subject) {
    return new CertificateDraft(clock.instant(), subject).authority(-1);
  }

  /** An authority below another. */
  public CertificateDraft intermediate(String subject) {
    return new CertificateDraft(clock.instant(), subject).authority(0);
  }

  /** A leaf without names and uses; both are added to the draft. */
  public CertificateDraft leaf() {
    return new CertificateDraft(clock.instant(), "O=forged");
  }
}
