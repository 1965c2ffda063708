package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.RawTls;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that has shown nothing yet does not learn whose certificates the server trusts. */
final class CertificateRequestIT {
  private static final int PATIENCE_MILLIS = 20_000;

  @TempDir
  private Path directory;

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void namesNoAuthority(TlsOptions.Provider provider) throws Exception {
    CertificateForge forge = CertificateForge.at(InstantSource.system());
    ForgedCertificate root = forge.root("CN=Secret root").selfSigned();
    forge.leaf().spiffe("spiffe://example.org/server").server().issuedBy(root).writeTo(directory);
    assertThat(namedByAPlainServer()).containsExactly("CN=Secret root");
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    RawTls client = RawTls.asNobody();

    try (KeyMaterial material = KeyMaterial.watching(directory, Role.SERVER);
        Loopback server = new Loopback(Transport.mutualTls(material, options));
        SSLSocket socket = client.connect(loopback(server.port()), PATIENCE_MILLIS)) {
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(client.authoritiesAskedFor()).isEmpty();
    }
  }

  private List<String> namedByAPlainServer() throws Exception {
    Server plain = NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TlsServerCredentials.newBuilder()
                .keyManager(
                    directory.resolve("tls.crt").toFile(),
                    directory.resolve("tls.key").toFile())
                .trustManager(directory.resolve("ca.crt").toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build())
        .build()
        .start();
    RawTls client = RawTls.asNobody();
    try (SSLSocket socket = client.connect(loopback(plain.getPort()), PATIENCE_MILLIS)) {
      assertThat(socket.isConnected()).isTrue();
      return client.authoritiesAskedFor();
    } finally {
      plain.shutdownNow();
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
