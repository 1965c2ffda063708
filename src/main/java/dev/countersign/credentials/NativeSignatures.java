package dev.countersign.credentials;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ECDSA signatures of certificates, checked by the BoringSSL of Conscrypt, which is ten to twenty times as fast as the
 * JDK. It comes with grpc-alts; where it is missing or does not load the JDK checks, and the answers are the same. It is
 * loaded on a thread of its own once there have been a few signatures: whoever connects once never waits for it.
 */
final class NativeSignatures {
  private static final Logger LOG = LoggerFactory.getLogger(NativeSignatures.class);
  private static final String PROVIDER = "org.conscrypt.OpenSSLProvider";
  private static final int WORTH_LOADING = 4;

  private static final NativeSignatures SHARED = new NativeSignatures(PROVIDER);

  private final String providerClass;
  private final AtomicInteger checked = new AtomicInteger();
  private volatile @Nullable Provider provider;

  NativeSignatures(String providerClass) {
    this.providerClass = providerClass;
  }

  static NativeSignatures shared() {
    return SHARED;
  }

  /** Checks the signature of a certificate by its issuer's key; throws what {@link X509Certificate#verify} does. */
  void verify(X509Certificate certificate, PublicKey issuer)
      throws CertificateException, NoSuchAlgorithmException, InvalidKeyException,
          SignatureException, NoSuchProviderException {
    Provider fast = issuer.getAlgorithm().equals("EC") ? provider() : null;
    if (fast == null) {
      certificate.verify(issuer);
    } else {
      certificate.verify(issuer, fast);
    }
  }

  private @Nullable Provider provider() {
    Provider known = provider;
    if (known == null && checked.incrementAndGet() == WORTH_LOADING) {
      Thread loading = new Thread(this::load, "countersign-native-signatures");
      loading.setDaemon(true);
      loading.start();
    }
    return known;
  }

  /** Loads it now, on this thread; whether it did. */
  boolean load() {
    try {
      provider = Class.forName(providerClass)
          .asSubclass(Provider.class)
          .getDeclaredConstructor()
          .newInstance();
      return true;
    } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
      LOG.debug("certificates are checked by the JDK: {}", String.valueOf(e));
      return false;
    }
  }
}
