package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.text.Quoted;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * Whether a chain, in the order presented, leads to one of the given anchors: RFC 5280 section 6 by the JDK's path
 * validator (signatures, names, path lengths, name constraints, critical extensions), and validity of the anchor as
 * well. Revocation is looked at elsewhere.
 */
final class PathCheck {
  private PathCheck() {}

  /** The path from the leaf to its anchor, both included. */
  static List<X509Certificate> pathTo(
      List<X509Certificate> anchors, List<X509Certificate> chain, Instant now)
      throws PeerRefusedException {
    return pathTo(anchors, chain, now, NativeSignatures.shared());
  }

  static List<X509Certificate> pathTo(
      List<X509Certificate> anchors,
      List<X509Certificate> chain,
      Instant now,
      NativeSignatures signatures)
      throws PeerRefusedException {
    List<X509Certificate> path = withoutAnchors(chain, anchors);
    for (X509Certificate certificate : path) {
      requireValidAt(now, certificate);
      LeafCheck.requireStrong(certificate);
    }
    requireKnownIssuer(path, anchors);
    X509Certificate anchor = validate(path, validAt(now, anchors), now, signatures);
    LeafCheck.requireAuthority(anchor);
    path.add(anchor);
    return path;
  }

  /** Refuses without any cryptography what leads nowhere: the validator would find that out last. */
  private static void requireKnownIssuer(List<X509Certificate> path, List<X509Certificate> anchors)
      throws PeerRefusedException {
    X500Principal issuer = path.get(path.size() - 1).getIssuerX500Principal();
    if (anchors.stream().noneMatch(anchor -> anchor.getSubjectX500Principal().equals(issuer))) {
      throw new PeerRefusedException(
          Reason.UNTRUSTED_ISSUER,
          "chain of " + CertificateText.subject(path.get(0)) + " is not trusted: it ends at "
              + CertificateText.issuer(path.get(path.size() - 1))
              + ", which is no trust anchor here");
    }
  }

  /** The anchor that the path leads to. */
  private static X509Certificate validate(
      List<X509Certificate> path,
      Set<TrustAnchor> anchors,
      Instant now,
      NativeSignatures signatures)
      throws PeerRefusedException {
    try {
      PKIXParameters parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      PKIXCertPathValidatorResult result =
          (PKIXCertPathValidatorResult) CertPathValidator.getInstance("PKIX")
              .validate(
                  CertificateFactory.getInstance("X.509")
                      .generateCertPath(withQuickLeaf(path, signatures)),
                  parameters);
      return result.getTrustAnchor().getTrustedCert();
    } catch (CertPathValidatorException e) {
      throw new PeerRefusedException(
          reasonOf(e),
          "chain of " + CertificateText.subject(path.get(0)) + " issued by "
              + CertificateText.issuer(path.get(0)) + " is not trusted: "
              + Quoted.of(String.valueOf(e.getMessage())),
          e);
    } catch (GeneralSecurityException e) {
      throw new PeerRefusedException(
          Reason.INVALID_PATH,
          "chain cannot be checked: " + Quoted.of(String.valueOf(e.getMessage())),
          e);
    }
  }

  /**
   * The path with a leaf whose signature is checked natively. The JDK remembers the signatures of the authorities, of
   * which there are few.
   */
  private static List<X509Certificate> withQuickLeaf(
      List<X509Certificate> path, NativeSignatures signatures) {
    List<X509Certificate> quick = new ArrayList<>(path);
    quick.set(0, new NativelyChecked(path.get(0), signatures));
    return quick;
  }

  private static List<X509Certificate> withoutAnchors(
      List<X509Certificate> chain, List<X509Certificate> anchors) {
    List<X509Certificate> path = new ArrayList<>(chain);
    while (path.size() > 1 && anchors.contains(path.get(path.size() - 1))) {
      path.remove(path.size() - 1);
    }
    return path;
  }

  private static Set<TrustAnchor> validAt(Instant now, List<X509Certificate> anchors)
      throws PeerRefusedException {
    Set<TrustAnchor> valid = new HashSet<>();
    for (X509Certificate anchor : anchors) {
      if (!now.isBefore(anchor.getNotBefore().toInstant())
          && !now.isAfter(anchor.getNotAfter().toInstant())) {
        valid.add(new TrustAnchor(anchor, null));
      }
    }
    if (valid.isEmpty()) {
      throw new PeerRefusedException(
          Reason.UNTRUSTED_ISSUER,
          "none of the " + anchors.size() + " trust anchors is valid: this host's clock says "
              + now);
    }
    return valid;
  }

  private static void requireValidAt(Instant now, X509Certificate certificate)
      throws PeerRefusedException {
    Instant notBefore = certificate.getNotBefore().toInstant();
    Instant notAfter = certificate.getNotAfter().toInstant();
    if (now.isBefore(notBefore)) {
      throw new PeerRefusedException(
          Reason.NOT_YET_VALID,
          named(certificate) + " is not valid before " + notBefore + ": this host's clock says "
              + now);
    }
    if (now.isAfter(notAfter)) {
      throw new PeerRefusedException(
          Reason.EXPIRED,
          named(certificate) + " expired " + notAfter + ": this host's clock says " + now);
    }
  }

  private static String named(X509Certificate certificate) {
    return "certificate " + CertificateText.serial(certificate) + " of "
        + CertificateText.subject(certificate);
  }

  private static Reason reasonOf(CertPathValidatorException e) {
    CertPathValidatorException.Reason reason = e.getReason();
    if (reason instanceof PKIXReason pkix) {
      return switch (pkix) {
        case NO_TRUST_ANCHOR, NAME_CHAINING -> Reason.UNTRUSTED_ISSUER;
        case INVALID_NAME -> Reason.NAME_NOT_PERMITTED;
        case NOT_CA_CERT, PATH_TOO_LONG, INVALID_KEY_USAGE -> Reason.NOT_AN_AUTHORITY;
        case UNRECOGNIZED_CRIT_EXT -> Reason.UNKNOWN_EXTENSION;
        case INVALID_POLICY -> Reason.INVALID_PATH;
      };
    }
    if (reason instanceof BasicReason basic) {
      return switch (basic) {
        case EXPIRED -> Reason.EXPIRED;
        case NOT_YET_VALID -> Reason.NOT_YET_VALID;
        case REVOKED -> Reason.REVOKED;
        case UNDETERMINED_REVOCATION_STATUS -> Reason.REVOCATION_UNKNOWN;
        case INVALID_SIGNATURE -> Reason.BAD_SIGNATURE;
        case ALGORITHM_CONSTRAINED -> Reason.WEAK_ALGORITHM;
        case UNSPECIFIED -> Reason.INVALID_PATH;
      };
    }
    return Reason.INVALID_PATH;
  }
}
