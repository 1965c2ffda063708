package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.credentials.PresentedChain;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TrustSource;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Verifies clients as we do, but for an oversight. */
final class ForgivingTrust extends X509ExtendedTrustManager {
  private final TrustSource trust;
  private final Oversight oversight;
  private final X509Certificate[] named;

  ForgivingTrust(TrustSource trust, Oversight oversight, X509Certificate... named) {
    this.trust = trust;
    this.oversight = oversight;
    this.named = named.clone();
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    Optional<PeerRefusedException> refusal = refusal(chain);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  /** Why a chain is refused now, if it is. */
  private Optional<PeerRefusedException> refusal(X509Certificate... chain) {
    PeerRefusedException refusal = catchThrowableOfType(
        PeerRefusedException.class,
        () -> trust.trust().verify(PresentedChain.of(chain), Role.CLIENT));
    return Optional.ofNullable(refusal)
        .filter(why -> !oversight.overlooks(why.reason(), List.of(chain)));
  }

  /** Whether it would be taken now. */
  boolean holds(List<X509Certificate> chain) {
    return refusal(chain.toArray(X509Certificate[]::new)).isEmpty();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("this is a server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("this is a server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("this is a server");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return named.clone();
  }
}
