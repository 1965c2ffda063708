package dev.countersign.credentials;

/** Trust that has changed, for tests of those who hold connections. */
public final class Generations {
  private Generations() {}

  /** The state that comes after this one, without revocation lists. */
  public static TrustState next(TrustState before, TrustAnchors anchors) {
    return before.followedBy(anchors, RevocationLists.NONE);
  }
}
