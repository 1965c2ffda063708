package dev.countersign.pki;

import dev.countersign.pki.PkiException.Reason;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What became of one identity of an inventory.
 *
 * @param action what was done
 * @param why why, in a few words
 * @param certificate the certificate that it now has
 */
public record Applied(Action action, String why, IssuedCertificate certificate) {
  /** What can be done. */
  public enum Action {
    /** There was none. */
    ISSUED,
    /** It was due. */
    RENEWED,
    /** There was one, but not as the inventory wants it, or not whole. */
    REISSUED,
    /** Nothing was done. */
    LEFT
  }

  static List<Applied> all(
      Inventory inventory, OpenAuthority authority, Consumer<? super Applied> progress)
      throws IOException, PkiException {
    if (!inventory.trustDomain().equals(authority.state().trustDomain())) {
      throw new PkiException(
          Reason.OTHER_TRUST_DOMAIN,
          "inventory is of trust domain \"" + inventory.trustDomain()
              + "\" (this authority issues for \"" + authority.state().trustDomain() + "\")");
    }
    authority.dropUntrusted();
    refreshCrl(authority);
    List<Applied> done = new ArrayList<>();
    for (IdentityRequest request : inventory.identities()) {
      Applied applied = one(request, authority);
      done.add(applied);
      progress.accept(applied);
    }
    authority.writeTrustEverywhere();
    return done;
  }

  private static Applied one(IdentityRequest request, OpenAuthority authority)
      throws IOException, PkiException {
    Optional<IssuedCertificate> known = authority.state().latest(request.name());
    if (known.isEmpty()) {
      return new Applied(Action.ISSUED, "there was none", authority.issue(request));
    }
    IssuedCertificate latest = known.get();
    if (latest.isRevoked()) {
      return new Applied(Action.LEFT, "it was revoked; renew it to bring it back", latest);
    }
    boolean due = !authority.now().isBefore(latest.due());
    if (latest.keyElsewhere()) {
      return new Applied(
          Action.LEFT,
          due ? "it is due and needs a new signing request" : "its key is elsewhere",
          latest);
    }
    if (!request.equals(latest.request())) {
      return new Applied(
          Action.REISSUED, "the inventory asks for another", authority.issue(request));
    }
    Optional<X509Certificate> held = authority.identity(request.name()).leaf(false);
    if (held.isEmpty() || !held.get().getSerialNumber().equals(latest.serial())) {
      return new Applied(
          Action.REISSUED, "its files were not of one piece", authority.issue(request));
    }
    if (latest.generation() != authority.state().issuing()) {
      return new Applied(
          Action.REISSUED, "it was issued below the old root", authority.issue(request));
    }
    return due
        ? new Applied(Action.RENEWED, "it was due " + latest.due(), authority.issue(request))
        : new Applied(Action.LEFT, "it is due " + latest.due(), latest);
  }

  /**
   * A list in the second half of its life is replaced, so that a regular run keeps it fresh, and so is one that lacks what
   * was taken back, because a revocation was cut off.
   */
  private static void refreshCrl(OpenAuthority authority) throws IOException, PkiException {
    if (authority.listsLackRevoked() || isAging(authority)) {
      authority.publishCrl();
    }
  }

  private static boolean isAging(OpenAuthority authority) throws IOException {
    Duration half = Duration.ofSeconds(RevocationList.LIFETIME.toSeconds() / 2);
    return authority.state().hasCrl()
        && authority.now().isAfter(authority.crlTime().plus(half));
  }
}
