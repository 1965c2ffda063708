package dev.countersign.credentials;

import static dev.countersign.credentials.Loopback.call;
import static dev.countersign.credentials.Loopback.next;
import static dev.countersign.credentials.Loopback.refusalIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.countersign.assessment.ClientIdentity;
import dev.countersign.assessment.RawHttp2;
import dev.countersign.assessment.RawTls;
import dev.countersign.credentials.KeyMaterial.Reload;
import dev.countersign.credentials.PeerRefusedException.Reason;
import dev.countersign.identity.DnsName;
import dev.countersign.identity.Principal;
import dev.countersign.identity.SpiffeId;
import dev.countersign.pki.CertificateDraft;
import dev.countersign.pki.CertificateForge;
import dev.countersign.pki.ForgedCertificate;
import io.grpc.Attributes;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Real handshakes over loopback, by both providers. */
@Timeout(120)
final class MutualTlsIT {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final SpiffeId SERVER = SpiffeId.parse("spiffe://example.org/server");
  private static final SpiffeId CLIENT = SpiffeId.parse("spiffe://example.org/client");
  private static final Principal LOCALHOST = DnsName.parse("localhost");

  private static final List<String> TLS_1_3 = List.of("TLSv1.3");
  private static final List<String> TLS_1_2 = List.of("TLSv1.2");

  @TempDir
  private Path directory;

  private final CertificateForge forge = CertificateForge.at(InstantSource.system());
  private final ForgedCertificate root = forge.root("CN=Root").selfSigned();
  private final ForgedCertificate stranger = forge.root("CN=Stranger").selfSigned();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closes() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void bothEndsProveWhoTheyAre(TlsOptions.Provider provider) throws Exception {
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    Loopback server = serve(Transport.mutualTls(material(server(), Role.SERVER), options));
    Transport client = Transport.mutualTls(material(client(), Role.CLIENT), options);
    assertThat(call(server.channel(client, SERVER))).isEqualTo(ServingStatus.SERVING);

    Attributes attributes = next(server.ready);
    Connection connection = attributes.get(Connection.KEY);
    assertThat(connection).isSameAs(next(server.admitted));
    assertThat(connection.transport()).isEqualTo("mtls");
    SSLSession session = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    assertThat(session.getProtocol()).isEqualTo("TLSv1.3");
    VerifiedPeer peer = Objects.requireNonNull(connection.trust())
        .trust()
        .verify(PresentedChain.of(session), Role.CLIENT);
    assertThat(peer.identity().principals()).containsExactly(CLIENT);
    assertThat(server.failures).isEmpty();
    assertThat(server.closed).isEmpty();

    connection.close();
    assertThat(next(server.closed)).isSameAs(connection);
    assertThat(connection.remoteAddress()).isNotNull();
    assertThat(server.failures).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL, BORINGSSL, 0x11ec", "BORINGSSL, JDK, 0x1d", "JDK, BORINGSSL, 0x1d"})
  void bothEndsAgreeOnTheBestGroupTheyShare(
      TlsOptions.Provider ours, TlsOptions.Provider theirs, String group) throws Exception {
    Loopback server = serve(Transport.mutualTls(
        material(server(), Role.SERVER), new TlsOptions(TlsOptions.Version.TLS_1_3, ours)));
    Transport client = Transport.mutualTls(
        material(client(), Role.CLIENT), new TlsOptions(TlsOptions.Version.TLS_1_3, theirs));

    try (ServerHelloTap tap = new ServerHelloTap(server.port())) {
      ManagedChannel through = Grpc.newChannelBuilder(
              "127.0.0.1:" + tap.port(), client.channelCredentials(Set.of(SERVER)))
          .build();
      assertThat(call(through)).isEqualTo(ServingStatus.SERVING);
      through.shutdownNow();

      // X25519MLKEM768 or x25519, in IANA's register.
      assertThat(tap.group().get(20, TimeUnit.SECONDS)).isEqualTo(Integer.decode(group));
    }
  }

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void aClientTakesOnlyTheServerItExpects(TlsOptions.Provider provider) throws Exception {
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    Path identity = write(
        "server",
        forge.leaf().spiffe(SERVER.name()).dns("localhost").dns("*.example.org").server());
    Loopback server = serve(Transport.mutualTls(material(identity, Role.SERVER), options));
    Transport client = Transport.mutualTls(material(client(), Role.CLIENT), options);
    assertThat(call(server.channel(client, SERVER))).isEqualTo(ServingStatus.SERVING);
    assertThat(call(server.channel(client, LOCALHOST))).isEqualTo(ServingStatus.SERVING);

    for (Principal other : List.of(CLIENT, DnsName.parse("a.example.org"))) {
      StatusRuntimeException e = refused(server.channel(client, other));
      assertThat(refusalIn(e)).contains(Reason.UNEXPECTED_PEER);
    }
  }

  @Test
  void aServerOfAnotherTrustDomainIsRefused() throws Exception {
    Loopback good = serve(transport(server(), Role.SERVER));
    Transport client = transport(client(), Role.CLIENT);
    assertThat(call(good.channel(client, SERVER))).isEqualTo(ServingStatus.SERVING);

    SpiffeId elsewhere = SpiffeId.parse("spiffe://other.example/server");
    Loopback bad = serve(
        transport(write("other", forge.leaf().spiffe(elsewhere.name()).server()), Role.SERVER));
    StatusRuntimeException e = refused(bad.channel(client, elsewhere));
    assertThat(refusalIn(e)).contains(Reason.UNKNOWN_TRUST_DOMAIN);
  }

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void aRefusedClientIsToldOnceWithTheReason(TlsOptions.Provider provider) throws Exception {
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    Loopback server = serve(Transport.mutualTls(material(server(), Role.SERVER), options));
    Transport good = Transport.mutualTls(material(client(), Role.CLIENT), options);
    assertThat(call(server.channel(good, SERVER))).isEqualTo(ServingStatus.SERVING);
    next(server.admitted);

    Path identity = directory.resolve("bad");
    forge.leaf().spiffe(CLIENT.name()).client().issuedBy(stranger).writeTo(identity);
    Files.writeString(
        identity.resolve("ca.crt"),
        Files.readString(identity.resolve("ca.crt"))
            + Files.readString(server().resolve("ca.crt")));
    SSLSocket socket = RawTls.as(ClientIdentity.in(identity)).open(loopback(server.port()));
    SocketAddress client = socket.getLocalSocketAddress();
    // It may hear of the refusal while it still writes, and is closed then.
    Throwable unused = catchThrowable(socket::startHandshake);
    Connection connection = next(server.admitted);
    assertThat(connection.remoteAddress()).isEqualTo(client);
    Throwable failure = next(server.failures);
    assertThat(refusalIn(failure)).as("%s", failure).contains(Reason.UNTRUSTED_ISSUER);
    assertThat(next(server.closed)).isSameAs(connection);
    assertThat(server.failures).as("told once").isEmpty();
    assertThat(server.closed).isEmpty();
    assertThat(server.ready).hasSize(1);
    socket.close();
  }

  @Test
  void plaintextIsAFailedHandshake() throws Exception {
    Loopback server = serve(transport(server(), Role.SERVER));
    assertThat(call(server.channel(transport(client(), Role.CLIENT), SERVER)))
        .isEqualTo(ServingStatus.SERVING);
    next(server.admitted);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(refusalIn(next(server.failures))).isEmpty();
      Connection connection = next(server.admitted);
      assertThat(connection.remoteAddress()).isEqualTo(socket.getLocalSocketAddress());
      assertThat(next(server.closed)).isSameAs(connection);
      assertThat(server.failures).as("told once").isEmpty();
    }
  }

  @Test
  void aClientThatLeavesDuringTheHandshakeIsToldOnce() throws Exception {
    Loopback server = serve(transport(server(), Role.SERVER));
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    next(server.admitted);
    socket.close();
    next(server.closed);
    next(server.failures);
    assertThat(server.failures).as("told once").isEmpty();
  }

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void aClientWithoutAlpnGetsNoConnection(TlsOptions.Provider provider) throws Exception {
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    Loopback server = serve(Transport.mutualTls(material(server(), Role.SERVER), options));
    SSLSocket good = raw(client(), server.port(), TLS_1_3, "h2");
    RawHttp2.sendPreface(good);
    next(server.ready);
    next(server.admitted);
    good.close();
    next(server.closed);

    SSLSocket bad = raw(client(), server.port(), TLS_1_3);
    RawHttp2.sendPreface(bad);
    Connection connection = next(server.admitted);
    next(server.failures);
    assertThat(next(server.closed)).isSameAs(connection);
    assertThat(server.failures).as("told once").isEmpty();
    assertThat(server.ready).isEmpty();
    bad.close();
  }

  @Test
  void aConnectionThatIsNotAdmittedIsClosedAtOnce() throws Exception {
    Loopback server = serve(transport(server(), Role.SERVER));
    ManagedChannel good = server.channel(transport(client(), Role.CLIENT), SERVER);
    assertThat(call(good)).isEqualTo(ServingStatus.SERVING);

    server.open = false;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      assertThat(readsEnd(socket)).isTrue();
    }
    assertThat(call(good)).isEqualTo(ServingStatus.SERVING);
    assertThat(server.admitted).hasSize(1);
    assertThat(server.failures).isEmpty();
    assertThat(server.closed).isEmpty();
  }

  @Test
  void tls12IsSpokenOnlyWhenAskedFor() throws Exception {
    TlsOptions both = new TlsOptions(TlsOptions.Version.TLS_1_2, TlsOptions.Provider.BORINGSSL);
    Loopback older = serve(Transport.mutualTls(material(server(), Role.SERVER), both));
    SSLSocket accepted = raw(client(), older.port(), TLS_1_2, "h2");
    RawHttp2.sendPreface(accepted);
    assertThat(next(older.ready).get(Grpc.TRANSPORT_ATTR_SSL_SESSION).getProtocol())
        .isEqualTo("TLSv1.2");
    accepted.close();

    Loopback server = serve(transport(server(), Role.SERVER));
    assertThat(catchThrowableOfType(
            SSLException.class, () -> raw(client(), server.port(), TLS_1_2, "h2")))
        .hasMessageContaining("protocol_version");
    assertThat(next(server.failures)).isNotNull();
  }

  @Test
  void newHandshakesUseNewMaterial() throws Exception {
    Path identity = server();
    KeyMaterial material = material(identity, Role.SERVER);
    Loopback server = serve(Transport.mutualTls(material));
    Transport client = transport(client(), Role.CLIENT);
    assertThat(call(server.channel(client, SERVER))).isEqualTo(ServingStatus.SERVING);
    String before = serialOf(next(server.ready));

    BlockingQueue<Reload> reloads = new LinkedBlockingQueue<>();
    material.onReload(reloads::add);
    forge.leaf().spiffe(SERVER.name()).server().issuedBy(root).writeTo(identity);
    nextAccepted(reloads);
    assertThat(call(server.channel(client, SERVER))).isEqualTo(ServingStatus.SERVING);
    assertThat(serialOf(next(server.ready))).isNotEqualTo(before);
    // No peer has to be verified again for a certificate of ours.
    assertThat(material.trust().generation()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(TlsOptions.Provider.class)
  void aClientResumesNoSessionPastAReload(TlsOptions.Provider provider) throws Exception {
    TlsOptions options = new TlsOptions(TlsOptions.Version.TLS_1_3, provider);
    Loopback server = serve(Transport.mutualTls(material(server(), Role.SERVER), options));
    KeyMaterial material = material(client(), Role.CLIENT);
    ChannelCredentials credentials =
        Transport.mutualTls(material, options).channelCredentials(Set.of(SERVER));
    assertThat(call(server.channel(credentials))).isEqualTo(ServingStatus.SERVING);
    assertThat(call(server.channel(credentials))).isEqualTo(ServingStatus.SERVING);

    BlockingQueue<Reload> reloads = new LinkedBlockingQueue<>();
    material.onReload(reloads::add);
    Path elsewhere = directory.resolve("elsewhere");
    forge.leaf().issuedBy(stranger).writeTo(elsewhere);
    Files.copy(
        elsewhere.resolve("ca.crt"),
        client().resolve("ca.crt"),
        StandardCopyOption.REPLACE_EXISTING);
    nextAccepted(reloads);
    StatusRuntimeException e = refused(server.channel(credentials));
    assertThat(refusalIn(e)).contains(Reason.UNTRUSTED_ISSUER);
  }

  /** Waits until a change is taken up; a writer of several files may be seen half-way first. */
  private static void nextAccepted(BlockingQueue<Reload> reloads) throws InterruptedException {
    while (!next(reloads).accepted()) {
      assertThat(reloads).hasSizeLessThan(10);
    }
  }

  private static String serialOf(Attributes attributes) {
    SSLSession session = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    return ((X509Certificate) session.getLocalCertificates()[0])
        .getSerialNumber()
        .toString(16);
  }

  private static boolean readsEnd(Socket socket) throws Exception {
    socket.setSoTimeout(20_000);
    InputStream in = socket.getInputStream();
    return in.read() < 0;
  }

  private static StatusRuntimeException refused(ManagedChannel channel) {
    StatusRuntimeException e =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(channel));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    return e;
  }

  private Loopback serve(Transport transport) throws Exception {
    Loopback server = new Loopback(transport);
    opened.add(server);
    return server;
  }

  private Transport transport(Path identity, Role role) throws Exception {
    return Transport.mutualTls(material(identity, role));
  }

  private KeyMaterial material(Path identity, Role role) throws Exception {
    KeyMaterial material = KeyMaterial.watching(identity, role);
    opened.add(material);
    return material;
  }

  private Path server() throws Exception {
    return write("server", forge.leaf().spiffe(SERVER.name()).server());
  }

  private Path client() throws Exception {
    return write("client", forge.leaf().spiffe(CLIENT.name()).client());
  }

  /** The identity directory of this name, made on first use. */
  private Path write(String name, CertificateDraft leaf) throws Exception {
    Path path = directory.resolve(name);
    if (!Files.exists(path)) {
      leaf.issuedBy(root).writeTo(path);
    }
    return path;
  }

  /** A connection after its handshake, as the client sees it: under TLS 1.3 it may be refused yet. */
  private static SSLSocket raw(Path identity, int port, List<String> versions, String... alpn)
      throws Exception {
    return RawTls.as(ClientIdentity.in(identity))
        .versions(versions)
        .alpn(alpn)
        .connect(loopback(port), PATIENCE_MILLIS);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
