package dev.countersign.pki;

import dev.countersign.pki.PkiException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of replacing the root so that nobody is cut off: trust both roots, issue from the new one, drop the old one.
 *
 * @param phase where the authority now is
 * @param changed the identities whose directories were written
 * @param left the identities that could not be issued again, because their keys are held elsewhere or they were revoked
 * @param beforeNext what must have happened before the next step
 */
public record Rotation(Phase phase, List<String> changed, List<String> left, String beforeNext) {
  /** How far a replacement has got. */
  public enum Phase {
    /** One root: nothing is under way. */
    STEADY,
    /** Both roots are trusted, the old one issues. */
    TRUSTING_BOTH,
    /** Both roots are trusted, the new one issues. */
    ISSUING_FROM_NEW
  }

  /** A step; the lists are copied. */
  public Rotation {
    changed = List.copyOf(changed);
    left = List.copyOf(left);
  }

  static Phase phase(AuthorityState state) {
    if (state.trusted().size() == 1) {
      return Phase.STEADY;
    }
    return state.issuing() == newest(state) ? Phase.ISSUING_FROM_NEW : Phase.TRUSTING_BOTH;
  }

  static Rotation next(OpenAuthority authority) throws IOException, PkiException {
    authority.dropUntrusted();
    return switch (phase(authority.state())) {
      case STEADY -> trustBoth(authority);
      case TRUSTING_BOTH -> issueFromNew(authority);
      case ISSUING_FROM_NEW -> dropOld(authority);
    };
  }

  private static Rotation trustBoth(OpenAuthority authority) throws IOException, PkiException {
    authority.addGeneration(newest(authority.state()) + 1);
    List<String> changed = publish(authority);
    return new Rotation(
        Phase.TRUSTING_BOTH,
        changed,
        List.of(),
        "every server and client must have loaded the new ca.crt, which holds both roots");
  }

  private static Rotation issueFromNew(OpenAuthority authority) throws IOException, PkiException {
    // Said first: a crash from here on leaves identities of the old root, which still holds.
    authority.setGenerations(authority.state().trusted(), newest(authority.state()));
    List<String> changed = new ArrayList<>();
    List<String> left = new ArrayList<>();
    for (IssuedCertificate latest : authority.state().latest()) {
      if (latest.keyElsewhere() || latest.isRevoked() || latest.isExpired(authority.now())) {
        left.add(latest.name());
      } else {
        authority.issue(latest.request());
        changed.add(latest.name());
      }
    }
    return new Rotation(
        Phase.ISSUING_FROM_NEW,
        changed,
        left,
        "every server and client must have loaded its new certificate, and every identity that was"
            + " issued from a signing request must have been issued again");
  }

  private static Rotation dropOld(OpenAuthority authority) throws IOException, PkiException {
    AuthorityState state = authority.state();
    int kept = newest(state);
    List<String> dependent = state.latest().stream()
        .filter(c -> c.generation() != kept && !c.isRevoked() && !c.isExpired(authority.now()))
        .map(IssuedCertificate::name)
        .toList();
    if (!dependent.isEmpty()) {
      throw new PkiException(
          Reason.ROTATION_NOT_READY,
          "the old root is still needed by " + String.join(", ", dependent)
              + " (each must be issued again, revoked or expired first)");
    }
    authority.setGenerations(List.of(kept), kept);
    authority.dropUntrusted();
    List<String> changed = publish(authority);
    return new Rotation(Phase.STEADY, changed, List.of(), "nothing: the old root is gone");
  }

  /** Gives every identity the roots that are now trusted, with revocation lists of just those if there are any. */
  private static List<String> publish(OpenAuthority authority) throws IOException, PkiException {
    if (authority.state().hasCrl()) {
      authority.publishCrl();
    }
    return authority.writeTrustEverywhere();
  }

  private static int newest(AuthorityState state) {
    return state.trusted().stream().mapToInt(Integer::intValue).max().orElseThrow();
  }
}
