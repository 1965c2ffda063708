package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Reason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** The proof that a credential can be used, whatever it was read from. */
final class CredentialProof {
  private final String source;
  private final LoadingProblems problems;

  /** A proof; the source is what an error names, such as {@code certificate file "tls.crt"}. */
  CredentialProof(String source, LoadingProblems problems) {
    this.source = source;
    this.problems = problems;
  }

  /** Whether peers that trust these anchors would take the credential now; if not, it is noted why. */
  boolean proves(Credential credential, Role role, List<X509Certificate> anchors, Instant now) {
    try {
      LeafCheck.requireLeafFor(role, credential.chain().get(0));
      PathCheck.pathTo(anchors, credential.chain(), now);
      return true;
    } catch (PeerRefusedException e) {
      Reason reason = switch (e.reason()) {
        case EXPIRED -> Reason.EXPIRED;
        case NOT_YET_VALID -> Reason.NOT_YET_VALID;
        case WRONG_USE, NOT_A_LEAF -> Reason.WRONG_USE;
        default -> Reason.NOT_TRUSTED;
      };
      problems.add(reason, source + " cannot be used: " + e.getMessage());
      return false;
    }
  }

  /** Whether none of its certificates is revoked by these lists; if one is, it is noted. */
  boolean isNotRevoked(
      Credential credential,
      List<X509Certificate> anchors,
      RevocationLists revocation,
      Instant now) {
    try {
      revocation.requireNotRevoked(PathCheck.pathTo(anchors, credential.chain(), now), now);
    } catch (PeerRefusedException e) {
      // Whether there is a list at all is for those to judge who verify us.
      if (e.reason() == PeerRefusedException.Reason.REVOKED) {
        problems.add(
            Reason.REVOKED,
            source + " cannot be used: " + e.getMessage()
                + "; peers with this list refuse us until there is another");
        return false;
      }
    }
    return true;
  }
}
