package dev.countersign.credentials;

import dev.countersign.credentials.TransportUnavailableException.Reason;
import dev.countersign.identity.Principal;
import dev.countersign.text.Quoted;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;

/** Makes the TLS contexts of both ends: versions, suites, groups, certificates required both ways, ALPN h2. */
final class TlsContexts {
  private static final List<String> SUITES = List.of(
      "TLS_AES_128_GCM_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
  private static final int TLS_1_3_SUITES = 3;
  /**
   * The kind of key store that Netty carries the key in from one line to the next. The default derives a password from
   * the empty one ten thousand times over, on the event loop that makes the first handshake after a reload.
   */
  private static final String KEY_STORE = "JKS";

  private static final String[] GROUPS = {"X25519MLKEM768", "X25519", "P-256"};

  private final TlsOptions options;

  TlsContexts(TlsOptions options) throws TransportUnavailableException {
    this.options = options;
    if (options.provider() == TlsOptions.Provider.BORINGSSL && !OpenSsl.isAvailable()) {
      throw new TransportUnavailableException(
          Reason.BORINGSSL_NOT_LOADED,
          "BoringSSL does not load on this machine: "
              + Quoted.of(String.valueOf(OpenSsl.unavailabilityCause()))
              + "; make the directory for temporary files executable, or choose the JDK's TLS",
          OpenSsl.unavailabilityCause());
    }
  }

  SslContext forServer(Credential credential, TrustSource trust)
      throws TransportUnavailableException {
    SslContextBuilder builder = SslContextBuilder.forServer(credential.key(), credential.chain())
        .clientAuth(ClientAuth.REQUIRE)
        .trustManager(PeerTrustManager.forClients(trust));
    return build(builder);
  }

  SslContext forClient(Credential credential, TrustSource trust, Set<Principal> expected)
      throws TransportUnavailableException {
    SslContextBuilder builder = SslContextBuilder.forClient()
        .keyManager(credential.key(), credential.chain())
        .trustManager(PeerTrustManager.forServers(trust, expected));
    SslContext context = build(builder);
    // A resumed session would not ask the trust manager about the server again. The JDK's cache
    // cannot be turned off; there a session may be resumed for one second.
    if (context.sessionContext() instanceof OpenSslSessionContext boringSsl) {
      boringSsl.setSessionCacheEnabled(false);
    } else {
      context.sessionContext().setSessionCacheSize(1);
      context.sessionContext().setSessionTimeout(1);
    }
    return context;
  }

  private SslContext build(SslContextBuilder builder) throws TransportUnavailableException {
    SslProvider provider =
        options.provider() == TlsOptions.Provider.BORINGSSL ? SslProvider.OPENSSL : SslProvider.JDK;
    try {
      GrpcSslContexts.configure(builder, provider);
      builder.keyStoreType(KEY_STORE);
      builder.protocols(
          options.minimum() == TlsOptions.Version.TLS_1_3
              ? List.of("TLSv1.3")
              : List.of("TLSv1.3", "TLSv1.2"));
      builder.ciphers(
          options.minimum() == TlsOptions.Version.TLS_1_3
              ? SUITES.subList(0, TLS_1_3_SUITES)
              : SUITES);
      if (provider == SslProvider.OPENSSL) {
        builder.option(OpenSslContextOption.GROUPS, GROUPS);
        builder.option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, PresentedChain.MAX_BYTES);
      }
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new TransportUnavailableException(
          Reason.TLS_REFUSED,
          "TLS cannot be set up with this key material: "
              + Quoted.of(String.valueOf(e.getMessage())),
          e);
    }
  }
}
