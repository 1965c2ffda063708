package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.CertificateNames;
import dev.countersign.identity.DnsName;
import dev.countersign.identity.IdentityException;
import dev.countersign.identity.Principal;
import dev.countersign.text.Quoted;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Whether a verified server is one that the client expects. A SPIFFE id or subject must be the one the peer is known
 * by; a DNS name must stand among the certificate's DNS names, spelt out (RFC 9525 section 6.3, wildcards are refused).
 * Of a server of another trust domain only the SPIFFE id counts: nobody limits the DNS names that its authority writes
 * into certificates.
 */
final class ExpectedServer {
  private ExpectedServer() {}

  static void require(Set<Principal> expected, VerifiedPeer peer, PresentedChain chain)
      throws PeerRefusedException {
    for (Principal principal : expected) {
      if (peer.identity().is(principal)) {
        return;
      }
    }
    List<DnsName> hosts =
        peer.isFederated() ? List.of() : hosts(chain.certificates().get(0));
    for (Principal principal : expected) {
      if (principal instanceof DnsName name && hosts.contains(name)) {
        return;
      }
    }
    throw new PeerRefusedException(
        Reason.UNEXPECTED_PEER,
        "server is " + join(peer.identity().principals())
            + (hosts.isEmpty() ? "" : " at " + join(hosts)) + " (expected " + join(expected) + ")"
            + (peer.isFederated() && asksForHost(expected)
                ? "; DNS names count only of servers of our own anchors"
                : ""));
  }

  private static boolean asksForHost(Set<Principal> expected) {
    return expected.stream().anyMatch(DnsName.class::isInstance);
  }

  private static List<DnsName> hosts(X509Certificate leaf) throws PeerRefusedException {
    try {
      return CertificateNames.hosts(leaf);
    } catch (IdentityException e) {
      throw new PeerRefusedException(
          Reason.BAD_NAME, "server's DNS names cannot be used: " + e.getMessage(), e);
    }
  }

  private static String join(Iterable<? extends Principal> principals) {
    return StreamSupport.stream(principals.spliterator(), false)
        .map(principal -> Quoted.of(principal.name()))
        .sorted()
        .collect(Collectors.joining(" or "));
  }
}
