package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.PeerIdentity.Mechanism;
import dev.countersign.identity.Principal;
import dev.countersign.identity.Proof;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.text.Quoted;
import io.grpc.Attributes;
import io.grpc.alts.AltsContext;
import io.grpc.alts.AltsContextUtil;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Who the peer of an ALTS connection is: the service account that the handshaker vouched for, in its one spelling. */
final class AltsPeer {
  private AltsPeer() {}

  /**
   * The peer of a connection that is ready; what the handshaker said holds as long as the connection.
   *
   * @param attributes the transport's
   * @throws PeerRefusedException if it is not an ALTS connection, or its peer has no valid service account
   */
  static VerifiedPeer of(Attributes attributes) throws PeerRefusedException {
    if (!AltsContextUtil.check(attributes)) {
      throw new PeerRefusedException(Reason.NO_CERTIFICATE, "connection has no ALTS peer");
    }
    AltsContext context = AltsContextUtil.createFrom(attributes);
    return new VerifiedPeer(
        new PeerIdentity(
            Mechanism.ALTS,
            List.of(accountNamed(context.getPeerServiceAccount())),
            new Proof.Alts(context.getLocalServiceAccount())),
        0,
        Instant.MIN,
        Instant.MAX,
        false);
  }

  /** A service account from its one spelling; another spelling is refused, never folded. */
  static ServiceAccount accountNamed(String text) throws PeerRefusedException {
    try {
      return ServiceAccount.parse(text);
    } catch (IdentityException e) {
      throw new PeerRefusedException(
          Reason.BAD_NAME, "ALTS peer has no valid service account: " + e.getMessage(), e);
    }
  }

  /** Refuses a peer that is none of those that were expected; compared exactly. */
  static void requireOneOf(Set<ServiceAccount> expected, ServiceAccount peer)
      throws PeerRefusedException {
    if (!expected.contains(peer)) {
      throw new PeerRefusedException(
          Reason.UNEXPECTED_PEER,
          "server is " + Quoted.of(peer.name()) + " (expected " + join(expected) + ")");
    }
  }

  private static String join(Set<? extends Principal> principals) {
    return principals.stream()
        .map(principal -> Quoted.of(principal.name()))
        .sorted()
        .collect(Collectors.joining(" or "));
  }
}
