package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.IdentityFiles;
import dev.countersign.credentials.KeyMaterial;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.TlsOptions;
import dev.countersign.credentials.Transport;
import dev.countersign.files.AtomicFile;
import dev.countersign.pem.Pem;
import dev.countersign.pki.ForgedCertificate;
import dev.countersign.pki.ForgedCrl;
import dev.countersign.server.Streams.Opened;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.ClientCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A client goes on asking whether it believes its server: the same events end the connection from its side too. */
@ParameterizedClass
@EnumSource(TlsOptions.Provider.class)
class ServerWatchIT {
  private static final String POLICY = """
      {"name": "lab", "allow_rules": [{"name": "all", "source": {"principals": ["spiffe://example.org/*"]}}]}
      """;

  @TempDir
  private Path directory;

  private final TlsOptions.Provider provider;
  private final HandClock clock = new HandClock();
  private Lab lab;
  private Path identity;
  private KeyMaterial material;
  private ManagedChannel channel;
  private Opened stream;

  ServerWatchIT(TlsOptions.Provider provider) {
    this.provider = provider;
  }

  @BeforeEach
  void connect() throws Exception {
    lab = new Lab(directory);
    SecureServer server = lab.start(lab.server(POLICY).service(new Streams()));
    identity = lab.identity("alice");
    lists();
    material =
        KeyMaterial.watching(IdentityFiles.in(identity), Role.CLIENT, Duration.ofMillis(20), clock);
    channel = SecureChannel.to(
            "127.0.0.1:" + Lab.port(server),
            Transport.mutualTls(material, new TlsOptions(TlsOptions.Version.TLS_1_3, provider)))
        .expecting(Lab.SERVER)
        .build();
    stream = Streams.open(channel, "Open", "stream");
    stream.echo("still");
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    material.close();
    lab.close();
  }

  @Test
  void leavesAServerThatIsRevoked() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      lists(LiveLab.leafOf(lab.identity("server")));

      assertThat(stream.status().getCode()).isEqualTo(Code.UNAVAILABLE);
      assertThat(log.await("closed connection to")).contains("REVOKED", Lab.SERVER.name());
    }
    assertThat(failure()).isEqualTo(Code.UNAVAILABLE);

    lists();
    comesBack();
  }

  @Test
  void leavesAServerWhoseAuthorityIsNoLongerBelieved() throws Exception {
    ForgedCertificate stranger = lab.forge().root("CN=Stranger").selfSigned();
    try (CapturedLog log = new CapturedLog()) {
      anchor(stranger);

      assertThat(stream.status().getCode()).isEqualTo(Code.UNAVAILABLE);
      log.await("UNTRUSTED_ISSUER");
    }
    assertThat(failure()).isEqualTo(Code.UNAVAILABLE);

    anchor(lab.root());
    comesBack();
  }

  @Test
  void leavesAServerWhoseCertificateExpires() throws Exception {
    clock.advance(Duration.ofHours(20));
    stream.echo("still");
    try (CapturedLog log = new CapturedLog()) {
      clock.advance(Duration.ofHours(8));

      assertThat(stream.status().getCode()).isEqualTo(Code.UNAVAILABLE);
      log.await("EXPIRED");
    }
  }

  @Test
  void staysWhereItsServerStillHoldsUnderNewTrust() throws Exception {
    long before = material.trust().generation();
    lists(lab.forge()
        .leaf()
        .spiffe(Lab.SERVER.name())
        .server()
        .issuedBy(lab.issuing())
        .certificate());
    while (material.trust().generation() == before) {
      stream.echo("still");
    }
    stream.echo("still");
    assertThat(stream.isOpen()).isTrue();
  }

  /** Calls until one succeeds: the channel waits between two attempts to connect. */
  private void comesBack() {
    assertThat(ClientCalls.blockingUnaryCall(
            channel,
            Streams.method("Open"),
            CallOptions.DEFAULT.withWaitForReady().withDeadlineAfter(30, TimeUnit.SECONDS),
            "back"))
        .isEqualTo("back");
  }

  private Code failure() {
    return Status.fromThrowable(catchThrowable(() -> ClientCalls.blockingUnaryCall(
            channel,
            Streams.method("Open"),
            CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
            "again")))
        .getCode();
  }

  private void lists(X509Certificate... revoked) throws Exception {
    write(
        "crl.pem",
        ForgedCrl.of(lab.root(), clock.instant().minusSeconds(60))
            + ForgedCrl.of(lab.issuing(), clock.instant().minusSeconds(60), revoked));
  }

  private void anchor(ForgedCertificate root) throws Exception {
    write("ca.crt", Pem.write("CERTIFICATE", root.certificate().getEncoded()));
  }

  private void write(String file, String text) throws Exception {
    AtomicFile.write(
        identity.resolve(file), text.getBytes(StandardCharsets.US_ASCII), AtomicFile.Rights.PUBLIC);
  }
}
