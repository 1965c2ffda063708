package dev.countersign.credentials;

import dev.countersign.credentials.KeyMaterialException.Problem;
import dev.countersign.credentials.KeyMaterialException.Reason;
import dev.countersign.identity.SpiffeId;
import dev.countersign.identity.TrustDomain;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an identity from its source and proves that they can be used together: everything parses, the key is the certificate's,
 * the chain leads to the anchors, is valid now and for its use. Finds all problems before it gives up.
 *
 * <p>When there is something in use already, the two halves, what we present and whom we believe, are each replaced as a
 * whole or kept as a whole: a revocation does not wait until a broken certificate is repaired, and a certificate that
 * has not changed is not held against new trust, not even when it has expired or was revoked.
 */
final class KeyMaterialLoader {
  private final MaterialSource source;
  private final Role role;
  private final InstantSource clock;

  /**
   * What is used together.
   *
   * @param content what {@code trust} was made from
   */
  record Loaded(Credential credential, TrustState trust, TrustContent content) {
    boolean sameAs(Loaded other) {
      return credential.sameAs(other.credential)
          && trust == other.trust
          && content.sequences().equals(other.content.sequences());
    }
  }

  /**
   * What came of another look.
   *
   * @param loaded what to use now
   * @param changed whether that is not what was used before
   * @param problems why some of what the source holds is not used
   */
  record Reloaded(Loaded loaded, boolean changed, List<Problem> problems) {}

  KeyMaterialLoader(MaterialSource source, Role role, InstantSource clock) {
    this.source = source;
    this.role = role;
    this.clock = clock;
  }

  /** Loads everything for the first time. */
  Loaded load() throws KeyMaterialException {
    List<Problem> problems = new ArrayList<>();
    Loaded loaded = read(null, problems);
    if (loaded == null || !problems.isEmpty()) {
      throw new KeyMaterialException(problems);
    }
    return loaded;
  }

  /** Loads what can be used and keeps the rest. */
  Reloaded reload(Loaded before) {
    List<Problem> problems = new ArrayList<>();
    Loaded after;
    try {
      after = read(before, problems);
    } catch (RuntimeException e) {
      // What is in use is not worth less for it, and whoever asks tries again.
      problems.add(LoadingProblems.unforeseen("key material", e));
      return new Reloaded(before, false, problems);
    }
    return after == null || after.sameAs(before)
        ? new Reloaded(before, false, problems)
        : new Reloaded(after, true, problems);
  }

  private @Nullable Loaded read(@Nullable Loaded before, List<Problem> problems) {
    LoadingProblems ofCredential = new LoadingProblems();
    LoadingProblems ofTrust = new LoadingProblems();
    Instant now = clock.instant();
    Credential credential =
        ofCredential.guarded(source.certificateName(), () -> source.credential(ofCredential));
    TrustContent trust = before == null
        ? trust(TrustContent.NOTHING, ofTrust)
        : trustAfter(before.content(), now, ofTrust);
    boolean unchanged =
        before != null && credential != null && before.credential().sameAs(credential);
    if (credential != null && trust != null) {
      CredentialProof proof = new CredentialProof(source.certificateName(), ofCredential);
      boolean proved = unchanged || proof.proves(credential, role, trust.own(), now);
      boolean notRevoked =
          proved && proof.isNotRevoked(credential, trust.own(), trust.revocation(), now);
      credential = notRevoked ? credential : null;
    }
    if (before != null && (unchanged || credential == null)) {
      credential = before.credential();
    }
    TrustState state = credential == null || trust == null
        ? null
        : state(before == null ? null : before.trust(), credential, trust, ofTrust);
    problems.addAll(ofCredential.all());
    problems.addAll(ofTrust.all());
    return credential == null || state == null || trust == null
        ? null
        : new Loaded(credential, state, trust);
  }

  private @Nullable TrustContent trust(TrustContent before, LoadingProblems problems) {
    return problems.guarded(
        "trust anchors or revocation lists", () -> source.trust(before, problems));
  }

  /** Whom to believe after this: what the source says now, unless something is wrong with it. */
  private TrustContent trustAfter(TrustContent before, Instant now, LoadingProblems problems) {
    TrustContent after = trust(before, problems);
    if (after == null) {
      return before;
    }
    Set<String> worse = after.revocation().worseThan(before.revocation(), now);
    worse.forEach(problem -> problems.add(Reason.CONTENT, problem));
    return worse.isEmpty() ? after : before;
  }

  private @Nullable TrustState state(
      @Nullable TrustState before,
      Credential credential,
      TrustContent trust,
      LoadingProblems problems) {
    TrustDomain domain = credential.names().get(0) instanceof SpiffeId id ? id.trustDomain() : null;
    TrustAnchors anchors;
    try {
      anchors = new TrustAnchors(domain, trust.own(), trust.federated());
    } catch (IllegalArgumentException e) {
      problems.add(Reason.ANCHORS, String.valueOf(e.getMessage()));
      return null;
    }
    TrustState state = before == null
        ? new TrustState(1, anchors, trust.revocation(), clock)
        : before.followedBy(anchors, trust.revocation());
    if (before != null && state.sameMaterialAs(before)) {
      // A renewed certificate gives no reason to verify every peer again.
      state = before;
    }
    state.revocation().checkSignaturesOf(anchors, credential.chain());
    return state;
  }
}
