package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.credentials.TlsOptions;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Why a client cannot connect is one line in the server's log, and how handshakes end is a metric (gRFC A118). */
@ParameterizedClass
@EnumSource(TlsOptions.Provider.class)
class HandshakeTelemetryIT {
  private static final String POLICY = """
      {"name": "lab", "allow_rules": [{"name": "all", "source": {"principals": ["spiffe://example.org/*"]}}]}
      """;
  private static final String EVE = "spiffe://example.org/ns/demo/sa/eve";

  @TempDir
  private Path directory;

  private final TlsOptions.Provider provider;
  private LiveLab live;

  HandshakeTelemetryIT(TlsOptions.Provider provider) {
    this.provider = provider;
  }

  @BeforeEach
  void start() throws Exception {
    live = new LiveLab(directory, POLICY, new TlsOptions(TlsOptions.Version.TLS_1_2, provider));
    live.revoke();
    assertThat(call(session(live.lab.identity("alice"), SslProvider.JDK, "TLSv1.3")))
        .isNull();
  }

  @AfterEach
  void stop() {
    live.close();
  }

  @Test
  void oneLineSaysWhyAndWhatThePeerPresented() throws Exception {
    ForgedCertificate stranger = live.lab.forge().root("CN=Stranger").selfSigned();
    ForgedCertificate revoked = eve(draft -> draft).issuedBy(live.lab.issuing());
    live.revoke(revoked.certificate());

    refused(
        eve(draft -> draft).issuedBy(stranger),
        "UNTRUSTED_ISSUER",
        "CERTIFICATE_AUTHORITY_INVALID");
    refused(
        eve(draft -> draft
                .notBefore(live.clock.instant().minus(Duration.ofDays(2)))
                .notAfter(live.clock.instant().minus(Duration.ofDays(1))))
            .issuedBy(live.lab.issuing()),
        "EXPIRED",
        "CERTIFICATE_EXPIRED");
    refused(revoked, "REVOKED", "CERTIFICATE_REVOKED");
  }

  private CertificateDraft eve(UnaryOperator<CertificateDraft> change) {
    return change.apply(live.lab
        .forge()
        .leaf()
        .subject("CN=Eve")
        .spiffe(EVE)
        .dns("eve.example.org")
        .client());
  }

  private void refused(ForgedCertificate leaf, String reason, String result) throws Exception {
    Path identity = directory.resolve("eve-" + reason);
    leaf.writeTo(identity);
    try (CapturedLog log = new CapturedLog()) {
      assertThat(call(session(identity, SslProvider.JDK, "TLSv1.3"))).isNotNull();
      assertThat(log.await("refused mtls peer at /127.0.0.1:"))
          .startsWith("WARNING ")
          .contains(
              ": " + reason + ": ",
              "; presented: \"CN=Eve\", names \"" + EVE + "\" \"eve.example.org\", issued by \"CN=",
              ", serial " + leaf.certificate().getSerialNumber().toString(16));
    }
    expectHandshakes(result, "", 1);
    assertThat(live.metric("countersign_server_handshake_failures")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void clientWithoutCertificateIsNamedAsThat(String version) throws Exception {
    SslContext nobody = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .protocols(version)
        .build();

    try (CapturedLog log = new CapturedLog()) {
      assertThat(call(nobody)).isNotNull();
      log.await("NO_CERTIFICATE: peer presented no certificate");
    }
    expectHandshakes("CERTIFICATE_VERIFICATION_FAILED", "", 1);
  }

  @Test
  void clientThatDoesNotBelieveUsIsNamedAsThat() throws Exception {
    Path identity = live.lab.identity("alice");
    ForgedCertificate stranger = live.lab.forge().root("CN=Stranger").selfSigned();
    SslContext distrustful = GrpcSslContexts.configure(
            SslContextBuilder.forClient(), SslProvider.JDK)
        .keyManager(
            identity.resolve("tls.crt").toFile(), identity.resolve("tls.key").toFile())
        .trustManager(stranger.certificate())
        .build();

    try (CapturedLog log = new CapturedLog()) {
      assertThat(call(distrustful)).isNotNull();
      assertThat(log.await("handshake with mtls peer at"))
          .contains("the peer does not accept our certificate: ");
    }
  }

  @ParameterizedTest
  @CsvSource({"OPENSSL, TLSv1.3", "OPENSSL, TLSv1.2", "JDK, TLSv1.3", "JDK, TLSv1.2"})
  void resumedHandshakesAreToldFromFullOnes(SslProvider client, String version) throws Exception {
    SslContext session = session(live.lab.identity("alice"), client, version);
    assertThat(call(session)).isNull();
    expectHandshakes("SUCCESS", "FULL_HANDSHAKE", 2);

    assertThat(call(session)).isNull();

    expectHandshakes("SUCCESS", "RESUMED_HANDSHAKE", 1);
    expectHandshakes("SUCCESS", "FULL_HANDSHAKE", 2);
  }

  /** Waits until so many handshakes have ended so: a call may be answered before its handshake is counted. */
  private void expectHandshakes(String result, String resumed, int count) throws Exception {
    String line = "grpc_server_tls_handshakes_total{grpc_tls_handshake_result=\"" + result + "\""
        + (resumed.isEmpty() ? "" : ",grpc_tls_handshake_resumed=\"" + resumed + "\"");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!live.metric(line).endsWith(" " + count + ".0") && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    assertThat(live.metric(line)).endsWith(" " + count + ".0");
  }

  private static SslContext session(Path identity, SslProvider provider, String version)
      throws Exception {
    return GrpcSslContexts.configure(SslContextBuilder.forClient(), provider)
        .keyManager(
            identity.resolve("tls.crt").toFile(), identity.resolve("tls.key").toFile())
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .protocols(version)
        .build();
  }

  /** One call over a connection of its own; what went wrong with it, or null. */
  private Throwable call(SslContext session) throws Exception {
    ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", live.port())
        .negotiationType(NegotiationType.TLS)
        .sslContext(session)
        .build();
    try {
      return catchThrowable(() -> ClientCalls.blockingUnaryCall(
          channel,
          Streams.method("Open"),
          io.grpc.CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
          "in"));
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }
}
