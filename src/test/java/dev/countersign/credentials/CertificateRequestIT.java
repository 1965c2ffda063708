package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that has shown nothing yet does not learn whose certificates the server trusts. */
final class CertificateRequestIT {
  @TempDir
  private Path directory;

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void namesNoAuthority(TlsOptions.Provider provider) throws Exception {
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=Secret root").selfSigned();
    forge.leaf().spiffe("spiffe://example.org/server").server().issuedBy(root).writeTo(directory);
    assertThat(namedByAPlainServer())
        .extracting(Principal::getName)
        .containsExactly("CN=Secret root");
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    Asked asked = new Asked();

    try (KeyMaterial material = KeyMaterial.watching(directory, Role.SERVER);
        Loopback server = new Loopback(Transport.mutualTls(material, options));
        SSLSocket socket = RawTls.connect(asked, server.port(), List.of("TLSv1.3"), "h2")) {
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(Loopback.next(asked.issuers)).isEmpty();
    }
  }

  private List<Principal> namedByAPlainServer() throws Exception {
    Server plain = Grpc.newServerBuilderForPort(
            0,
            TlsServerCredentials.newBuilder()
                .keyManager(
                    directory.resolve("tls.crt").toFile(),
                    directory.resolve("tls.key").toFile())
                .trustManager(directory.resolve("ca.crt").toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build())
        .build()
        .start();
    Asked asked = new Asked();
    try (SSLSocket socket = RawTls.connect(asked, plain.getPort(), List.of("TLSv1.3"), "h2")) {
      assertThat(socket.isConnected()).isTrue();
      return Loopback.next(asked.issuers);
    } finally {
      plain.shutdownNow();
    }
  }

  /** Has no certificate, and remembers which authorities it was asked for one of. */
  private static final class Asked extends X509ExtendedKeyManager {
    private final BlockingQueue<List<Principal>> issuers = new LinkedBlockingQueue<>();

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal @Nullable [] named, @Nullable Socket socket) {
      issuers.add(Optional.ofNullable(named).map(List::of).orElse(List.of()));
      return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] named) {
      return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] named) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] named, @Nullable Socket socket) {
      return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return null;
    }
  }
}
