package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.assessment.ClientIdentity;
import dev.countersign.assessment.RawHttp2;
import dev.countersign.assessment.RawTls;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whoever does not agree on h2 is cut off at once: where a handshake may take an hour, and one who agreed on it and says
 * nothing is still there.
 */
final class WithoutAlpnIT {
  private static final int PATIENCE_MILLIS = 60_000;
  private static final List<String[]> WITHOUT_H2 = List.of(
      new String[0],
      new String[] {"http/1.1"},
      new String[] {"H2", "h2c"},
      IntStream.range(0, 200).mapToObj(i -> "protocol-" + i).toArray(String[]::new));

  @TempDir
  private Path directory;

  private Lab lab;

  @BeforeEach
  void open() {
    lab = new Lab(directory);
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void aConnectionWithoutH2EndsLongBeforeTheTimeOfAHandshake(TlsOptions.Provider provider)
      throws Exception {
    InetSocketAddress address = serveWithAnHourForHandshakes(provider);
    RawTls right = RawTls.as(ClientIdentity.in(lab.identity("alice")));
    try (SSLSocket silent = right.connect(address, PATIENCE_MILLIS)) {
      for (String[] offered : WITHOUT_H2) {
        try (SSLSocket socket =
            RawTls.as(ClientIdentity.in(lab.identity("alice"))).alpn(offered).open(address)) {
          socket.setSoTimeout(PATIENCE_MILLIS);
          Throwable end = catchThrowable(() -> readToTheEnd(socket));
          assertThat(end instanceof SocketTimeoutException).as("%s", end).isFalse();
        }
      }

      RawHttp2.sendPreface(silent);
      assertThat(silent.getInputStream().read()).isNotNegative();
    }
  }

  private static void readToTheEnd(SSLSocket socket) throws Exception {
    socket.startHandshake();
    InputStream in = socket.getInputStream();
    while (in.read() >= 0) {
      // Until the server ends it.
    }
  }

  private InetSocketAddress serveWithAnHourForHandshakes(TlsOptions.Provider provider)
      throws Exception {
    Limits limits = Limits.DEFAULT;
    return lab.start(SecureServer.builder()
            .listen(
                Lab.loopback(),
                Transport.mutualTls(
                    lab.material(lab.identity("server"), Role.SERVER),
                    new TlsOptions(TlsOptions.Version.TLS_1_3, provider)))
            .guardedBy(Lab.policy(TextService.POLICY))
            .service(new TextService())
            .limits(new Limits(
                limits.maxConnections(),
                limits.maxConnectionsPerIdentity(),
                limits.maxStreams(),
                limits.maxMessageBytes(),
                limits.maxMetadataBytes(),
                Duration.ofHours(1),
                limits.maxConnectionIdle(),
                limits.maxConnectionAge(),
                limits.maxConnectionAgeGrace())))
        .addresses()
        .get(0)
        .address();
  }
}
