package dev.countersign.identity;

import io.grpc.Context;
import java.util.List;

/**
 * Who the peer of a connection proved to be. Immutable; made once per connection, after the proof was verified.
 *
 * @param mechanism what carried the proof
 * @param principals the peer's names, at least one and all of one kind, which is a service account with ALTS and never
 *     with TLS; any of them may match a rule (gRFC A41)
 * @param proof how they were proved
 */
public record PeerIdentity(Mechanism mechanism, List<Principal> principals, Proof proof) {
  private static final Context.Key<PeerIdentity> KEY = Context.key("countersign-peer-identity");

  /** What carried the proof. */
  public enum Mechanism {
    /** TLS with a client certificate. */
    MUTUAL_TLS,
    /** Application Layer Transport Security. */
    ALTS
  }

  /**
   * An identity; the list is copied.
   *
   * @throws IllegalArgumentException if there are no names, or names of a kind that the mechanism does not prove
   */
  public PeerIdentity {
    principals = List.copyOf(principals);
    if (principals.isEmpty()) {
      throw new IllegalArgumentException("a peer identity needs at least one principal");
    }
    Class<?> kind = principals.get(0).getClass();
    boolean account = kind == ServiceAccount.class;
    if (account != (mechanism == Mechanism.ALTS)
        || !principals.stream().allMatch(kind::isInstance)) {
      throw new IllegalArgumentException(
          "principals " + principals + " are not what " + mechanism + " proves");
    }
  }

  /**
   * Who calls: for use in a handler, on the thread that the handler was called on or in the gRPC context that it
   * passes on.
   *
   * @throws IllegalStateException outside a guarded call
   */
  public static PeerIdentity current() {
    PeerIdentity identity = KEY.get();
    if (identity == null) {
      throw new IllegalStateException(
          "no peer identity in this context (only handlers of guarded calls have one)");
    }
    return identity;
  }

  /** The context in which {@link #current()} answers this identity. */
  public Context in(Context context) {
    return context.withValue(KEY, this);
  }

  /** The name that logs show: the only one, or the first in the order of the certificate. */
  public Principal primary() {
    return principals.get(0);
  }

  /** Whether the peer proved exactly this name. */
  public boolean is(Principal principal) {
    return principals.contains(principal);
  }

  /**
   * Ends the call unless the peer is the given one: for requests in which a caller may speak only for itself.
   *
   * @throws NotThisPeerException if it is another peer; the guard ends the call with {@code PERMISSION_DENIED}
   */
  public void require(Principal expected) {
    if (!is(expected)) {
      throw new NotThisPeerException();
    }
  }
}
