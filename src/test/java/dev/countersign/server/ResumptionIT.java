package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.credentials.TlsOptions;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client that connected once and keeps its TLS session does not get in with it once its certificate no longer holds. A
 * server as grpc-java makes it lets the same client in, which shows that the client resumes.
 */
class ResumptionIT {
  private static final String POLICY = """
      {"name": "lab", "allow_rules": [{"name": "all", "source": {"principals": ["spiffe://example.org/*"]}}]}
      """;
  private static final String CASES = """
      OPENSSL, TLSv1.3, BORINGSSL
      OPENSSL, TLSv1.2, BORINGSSL
      JDK,     TLSv1.3, BORINGSSL
      JDK,     TLSv1.2, BORINGSSL
      OPENSSL, TLSv1.3, JDK
      OPENSSL, TLSv1.2, JDK
      JDK,     TLSv1.3, JDK
      JDK,     TLSv1.2, JDK
      """;
  private static final TlsOptions.Version OLDEST = TlsOptions.Version.TLS_1_2;

  @TempDir
  private Path directory;

  @ParameterizedTest
  @CsvSource(textBlock = CASES)
  void refusesResumedSessionOfRevokedClient(
      SslProvider client, String version, TlsOptions.Provider provider) throws Exception {
    try (LiveLab live = new LiveLab(directory, POLICY, new TlsOptions(OLDEST, provider))) {
      live.revoke();
      SslContext session = attacker(live.lab, client, version);
      call(session, live.port());
      call(session, live.port());

      live.revoke(LiveLab.leafOf(live.lab.identity("alice")));

      assertThat(failure(session, live.port())).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(live.metrics()).contains("reason=\"REVOKED\"");
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = CASES)
  void refusesResumedSessionWhenAuthorityIsNoLongerBelieved(
      SslProvider client, String version, TlsOptions.Provider provider) throws Exception {
    try (LiveLab live = new LiveLab(directory, POLICY, new TlsOptions(OLDEST, provider));
        Lab elsewhere = new Lab(directory.resolve("elsewhere"))) {
      SslContext session = attacker(live.lab, client, version);
      call(session, live.port());
      call(session, live.port());

      live.believeOnly(elsewhere
          .forge()
          .leaf()
          .spiffe(Lab.SERVER.name())
          .clientAndServer()
          .issuedBy(elsewhere.issuing()));

      assertThat(failure(session, live.port())).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(live.metrics()).contains("reason=\"UNTRUSTED_ISSUER\"");
    }
  }

  /** Nothing is loaded anew here, so the TLS engine does resume: it is the guard that refuses. */
  @ParameterizedTest
  @CsvSource(textBlock = CASES)
  void refusesResumedSessionOfExpiredClient(
      SslProvider client, String version, TlsOptions.Provider provider) throws Exception {
    try (LiveLab live = new LiveLab(directory, POLICY, new TlsOptions(OLDEST, provider))) {
      SslContext session = attacker(live.lab, client, version);
      call(session, live.port());
      live.clock.advance(Duration.ofHours(23));
      call(session, live.port());

      live.clock.advance(Duration.ofHours(2));

      assertThat(failure(session, live.port())).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(live.metrics().lines())
          .anyMatch(line -> line.startsWith("countersign_guard_connections")
              && line.contains("result=\"EXPIRED\""))
          .noneMatch(line -> line.startsWith("countersign_server_handshake_failures"));
    }
  }

  @ParameterizedTest
  @CsvSource(textBlock = """
      OPENSSL, TLSv1.3
      OPENSSL, TLSv1.2
      JDK,     TLSv1.3
      JDK,     TLSv1.2
      """)
  void plainServerLetsResumedSessionIn(SslProvider client, String version) throws Exception {
    try (Lab lab = new Lab(directory)) {
      AdvancedTlsX509TrustManager trust = AdvancedTlsX509TrustManager.newBuilder()
          .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
          .build();
      trust.updateTrustCredentials(new X509Certificate[] {lab.root().certificate()});
      Server plain = plainServer(lab, trust);
      SslContext session = attacker(lab, client, version);
      SslContext fresh = attacker(lab, client, version);
      call(session, plain.getPort());

      // Whoever is asked from now on refuses everyone of the lab.
      trust.updateTrustCredentials(
          new X509Certificate[] {lab.forge().root("CN=Another").selfSigned().certificate()});

      assertThat(failure(fresh, plain.getPort())).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(call(session, plain.getPort())).isEqualTo("in");
      plain.shutdownNow().awaitTermination();
    }
  }

  private static Server plainServer(Lab lab, AdvancedTlsX509TrustManager trust) throws Exception {
    Path identity = lab.identity("server");
    return NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TlsServerCredentials.newBuilder()
                .keyManager(
                    identity.resolve("tls.crt").toFile(),
                    identity.resolve("tls.key").toFile())
                .trustManager(trust)
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build())
        .addService(new Streams())
        .build()
        .start();
  }

  /** What a client with the certificate of alice keeps between its connections; it believes any server. */
  private static SslContext attacker(Lab lab, SslProvider provider, String version)
      throws Exception {
    Path identity = lab.identity("alice");
    return GrpcSslContexts.configure(SslContextBuilder.forClient(), provider)
        .keyManager(
            identity.resolve("tls.crt").toFile(), identity.resolve("tls.key").toFile())
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .protocols(version)
        .build();
  }

  /** One call over a connection of its own. */
  private static String call(SslContext session, int port) throws Exception {
    ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
        .negotiationType(NegotiationType.TLS)
        .sslContext(session)
        .build();
    try {
      return ClientCalls.blockingUnaryCall(
          channel,
          Streams.method("Open"),
          CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
          "in");
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private static Status.Code failure(SslContext session, int port) {
    return Assertions.catchThrowableOfType(StatusRuntimeException.class, () -> call(session, port))
        .getStatus()
        .getCode();
  }
}
