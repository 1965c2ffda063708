package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.countersign.assessment.Frame;
import dev.countersign.assessment.RawHttp2;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key updates without end: a plain server on the JDK's TLS answers them all, ours ends the connection. */
class KeyUpdatesIT {
  private static final int FEW = 20;
  private static final int MANY = 300;

  @TempDir
  private Path directory;

  private Lab lab;

  @BeforeEach
  void start() {
    lab = new Lab(directory);
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private SecureServer serverOnTheTlsOfTheJdk() throws Exception {
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, TlsOptions.Provider.JDK);
    return lab.start(SecureServer.builder()
        .listen(
            Lab.loopback(),
            Transport.mutualTls(lab.material(lab.identity("server"), Role.SERVER), options))
        .guardedBy(Lab.policy(TextService.POLICY))
        .service(new TextService())
        .admin(Lab.loopback()));
  }

  private int plainServerOnTheTlsOfTheJdk() throws Exception {
    Path own = lab.identity("server");
    SslContextBuilder tls = SslContextBuilder.forServer(
            own.resolve("tls.crt").toFile(), own.resolve("tls.key").toFile())
        .trustManager(own.resolve("ca.crt").toFile())
        .clientAuth(ClientAuth.REQUIRE)
        .protocols("TLSv1.3");
    return lab.start(NettyServerBuilder.forAddress(Lab.loopback())
            .sslContext(GrpcSslContexts.configure(tls, SslProvider.JDK).build())
            .addService(new TextService()))
        .getPort();
  }

  @Test
  void cutsOffAPeerThatSendsManyInARow() throws Exception {
    try (RawHttp2 client = lab.raw(plainServerOnTheTlsOfTheJdk(), "alice")) {
      updateKeys(client, MANY);
      assertThat(say(client, 1)).isEqualTo("0");
    }

    SecureServer server = serverOnTheTlsOfTheJdk();
    try (CapturedLog log = new CapturedLog();
        RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      updateKeys(client, FEW);
      assertThat(say(client, 1)).isEqualTo("0");
      assertThat(aborted(server)).isEqualTo("");

      updateKeys(client, FEW);
      Frame farewell = client.next(Frame.GOAWAY);
      assertThat(farewell.errorCode()).isEqualTo(Frame.ENHANCE_YOUR_CALM);
      assertThat(farewell.debugText()).isEqualTo("too_many_records_without_data");
      assertThat(log.await("broke off connection"))
          .startsWith("WARNING")
          .contains(
              "too_many_records_without_data", "127.0.0.1:" + client.socket().getLocalPort());
      assertThat(aborted(server)).contains("ENHANCE_YOUR_CALM", "mtls").endsWith(" 1.0");
    }
    assertThat(TextService.say(lab.channel(server, "alice"), "still here")).isEqualTo("still here");
  }

  /** Far more than it takes in a row. */
  @Test
  void takesThoseThatComeWithCalls() throws Exception {
    SecureServer server = serverOnTheTlsOfTheJdk();
    try (RawHttp2 client = lab.raw(Lab.port(server), "alice")) {
      for (int i = 0; i < MANY; i++) {
        updateKeys(client, 1);
        assertThat(say(client, 2 * i + 1)).isEqualTo("0");
      }
    }
    assertThat(aborted(server)).isEqualTo("");
  }

  /** Once a connection is established, this is what the JDK sends for it. */
  private static void updateKeys(RawHttp2 client, int times) throws Exception {
    SSLSocket socket = (SSLSocket) client.socket();
    for (int i = 0; i < times; i++) {
      socket.startHandshake();
    }
  }

  private static String say(RawHttp2 client, int stream) throws Exception {
    return client
        .request(stream, "/" + TextService.SAY)
        .message(stream, new byte[] {'x'})
        .send()
        .answer(stream)
        .grpcStatus();
  }

  private static String aborted(SecureServer server) throws Exception {
    return Admin.get(server, "/metrics")
        .lines()
        .filter(line -> line.startsWith("countersign_server_connections_aborted_total{"))
        .findFirst()
        .orElse("");
  }
}
