package dev.countersign.assessment;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.credentials.PeerRefusedException;
import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.credentials.PresentedChain;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TrustSource;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Verifies clients as we do, except that it forgives some reasons to refuse them. */
final class ForgivingTrust extends X509ExtendedTrustManager {
  private final TrustSource trust;
  private final Set<Reason> forgiven;
  private final X509Certificate[] named;

  ForgivingTrust(TrustSource trust, Set<Reason> forgiven, X509Certificate... named) {
    this.trust = trust;
    this.forgiven = forgiven;
    this.named = named.clone();
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    PeerRefusedException refusal = catchThrowableOfType(
        PeerRefusedException.class,
        () -> trust.trust().verify(PresentedChain.of(chain), Role.CLIENT));
    if (refusal != null && !forgiven.contains(refusal.reason())) {
      throw refusal;
    }
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
