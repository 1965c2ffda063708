package dev.countersign.credentials;

import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.Principal;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Asks the present trust state during a handshake. A server's certificate must also prove one of the names that the
 * client expects; the address that was dialled plays no part in it. Names of trust anchors are not sent to peers.
 */
final class PeerTrustManager extends X509ExtendedTrustManager {
  private static final X509Certificate[] NO_HINTS = {};

  // The engines of both providers ask on the thread that feeds them.
  private static final ThreadLocal<long[]> ASKED = ThreadLocal.withInitial(() -> new long[1]);

  private final TrustSource trust;
  private final Role role;
  private final Set<Principal> expected;

  private PeerTrustManager(TrustSource trust, Role role, Set<Principal> expected) {
    this.trust = trust;
    this.role = role;
    this.expected = Set.copyOf(expected);
  }

  static PeerTrustManager forClients(TrustSource trust) {
    return new PeerTrustManager(trust, Role.CLIENT, Set.of());
  }

  static PeerTrustManager forServers(TrustSource trust, Set<Principal> expected) {
    if (expected.isEmpty()) {
      throw new IllegalArgumentException("a channel needs at least one expected server identity");
    }
    return new PeerTrustManager(trust, Role.SERVER, expected);
  }

  /**
   * How often this thread was asked about a peer: a full handshake asks, one that resumes a session does not, and no
   * provider says which it was.
   */
  static long askedOnThisThread() {
    return ASKED.get()[0];
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(Role.CLIENT, chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(Role.SERVER, chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(Role.CLIENT, chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(Role.SERVER, chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(Role.CLIENT, chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(Role.SERVER, chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return NO_HINTS;
  }

  private void check(Role presentedAs, X509Certificate[] certificates) throws PeerRefusedException {
    ASKED.get()[0]++;
    if (presentedAs != role) {
      throw new PeerRefusedException(
          Reason.WRONG_USE, "peer acts as a " + presentedAs.word() + " on the wrong end");
    }
    PresentedChain chain = PresentedChain.of(certificates);
    VerifiedPeer peer = trust.trust().verify(chain, role);
    if (role == Role.SERVER) {
      ExpectedServer.require(expected, peer, chain);
    }
  }
}
