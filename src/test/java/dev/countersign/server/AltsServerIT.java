package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import dev.countersign.emulator.Fault;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.ClientCalls;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One server with an ALTS and a mutual TLS listener: one guard, one policy, and neither kind can be the other. */
class AltsServerIT {
  static final String POLICY = """
      {"name": "both",
       "allow_rules": [
         {"name": "account", "source": {"principals": ["alice@demo.iam.gserviceaccount.com"]},
          "request": {"paths": ["/lab.Echo/*"]}},
         {"name": "spiffe", "source": {"principals": ["spiffe://example.org/ns/demo/sa/alice"]},
          "request": {"paths": ["/lab.Echo/*"]}}]}
      """;

  @TempDir
  private Path directory;

  private AltsLab alts;
  private Lab tls;
  private SecureServer server;

  @BeforeEach
  void start() throws Exception {
    alts = new AltsLab();
    tls = new Lab(directory);
    server = tls.start(tls.server(POLICY)
        .listen(Lab.loopback(), alts.transport(AltsLab.SERVER))
        .admin(Lab.loopback())
        .service(new GuardedCallsIT.Echo()));
  }

  @AfterEach
  void stop() throws Exception {
    tls.close();
    alts.close();
  }

  @Test
  void handlerReadsServiceAccountOfAltsPeer() throws Exception {
    assertThat(whoAmI(alts.channel(altsListener(), AltsLab.ALICE))).isEqualTo(AltsLab.ALICE.name());
  }

  @Test
  void ruleFiresForEachKindOfPeerThroughItsOwnListener() throws Exception {
    assertThat(whoAmI(tls.channel(server, "alice")))
        .isEqualTo("spiffe://example.org/ns/demo/sa/alice");
    assertThat(whoAmI(alts.channel(altsListener(), AltsLab.ALICE))).isEqualTo(AltsLab.ALICE.name());
  }

  @Test
  void deniesAltsPeerWithoutRule() throws Exception {
    assertThat(whoAmI(alts.channel(altsListener(), AltsLab.ALICE))).isNotEmpty();

    Channel bob = alts.channel(altsListener(), AltsLab.BOB);
    assertThatThrownBy(() -> whoAmI(bob))
        .satisfies(failure ->
            assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Code.PERMISSION_DENIED));
  }

  @Test
  void channelRefusesServerThatIsNotTheOneExpected() throws Exception {
    Transport alice = alts.transport(AltsLab.ALICE);
    assertThat(whoAmI(alts.channel(altsListener(), alice, AltsLab.SERVER))).isNotEmpty();

    Channel toBob = alts.channel(altsListener(), alice, AltsLab.BOB);
    assertThatThrownBy(() -> whoAmI(toBob)).satisfies(unavailable("ALTS handshake failed"));
  }

  @Test
  void channelComparesThePeerWhateverTheHandshakerDid() throws Exception {
    Transport alice = alts.transport(AltsLab.ALICE);
    assertThat(whoAmI(alts.channel(altsListener(), alice, AltsLab.SERVER))).isNotEmpty();
    alts.emulator()
        .inject(AltsLab.ALICE, Fault.parse("wrong-peer=mallory@demo.iam.gserviceaccount.com"));

    Channel again = alts.channel(altsListener(), alice, AltsLab.SERVER);
    assertThatThrownBy(() -> whoAmI(again))
        .satisfies(unavailable("server is \\\"mallory@demo.iam.gserviceaccount.com\\\""));
  }

  @Test
  void channelOfOneTransportDoesNotConnectToTheOtherListener() throws Exception {
    ManagedChannel crossed =
        alts.channel(server.addresses().get(0), alts.transport(AltsLab.ALICE), AltsLab.SERVER);
    assertThatThrownBy(() -> whoAmI(crossed)).satisfies(unavailable(""));
  }

  @Test
  void handshakeWithoutKeysFailedAndDidNotSucceedBefore() throws Exception {
    assertThat(whoAmI(alts.channel(altsListener(), AltsLab.ALICE))).isNotEmpty();
    alts.emulator().inject(AltsLab.SERVER, Fault.Plain.SHORT_KEY);

    try (CapturedLog log = new CapturedLog()) {
      Channel again = alts.channel(altsListener(), AltsLab.ALICE);
      assertThatThrownBy(() -> whoAmI(again)).satisfies(unavailable(""));
      assertThat(log.await("handshake with alts peer")).contains("key data");
    }

    assertThat(handshakes("SUCCESS")).endsWith(" 1.0");
    assertThat(handshakes("UNKNOWN_FAILURE")).isNotEmpty();
  }

  @Test
  void countsHandshakesByHowTheyEnded() throws Exception {
    assertThat(whoAmI(alts.channel(altsListener(), AltsLab.ALICE))).isNotEmpty();
    assertThat(handshakes("SUCCESS")).endsWith(" 1.0");
    assertThat(handshakes("UNKNOWN_FAILURE")).isEmpty();

    try (CapturedLog log = new CapturedLog();
        Socket chatty = new Socket(
            InetAddress.getLoopbackAddress(), altsListener().address().getPort())) {
      chatty.getOutputStream().write("hello, hello, hello\r\n".getBytes(StandardCharsets.US_ASCII));
      log.await("handshake with alts peer");
    }

    assertThat(handshakes("UNKNOWN_FAILURE")).endsWith(" 1.0");
    assertThat(handshakes("SUCCESS")).endsWith(" 1.0");
  }

  private String handshakes(String result) throws Exception {
    return Admin.get(server, "/metrics")
        .lines()
        .filter(line -> line.startsWith("countersign_server_alts_handshakes_total")
            && line.contains("result=\"" + result + "\""))
        .findFirst()
        .orElse("");
  }

  @Test
  void carriesManyRoundTripsAndLargeMessages() throws Exception {
    Channel channel = alts.channel(altsListener(), AltsLab.ALICE);
    String large = "spiffe://example.org/" + "x".repeat(1000);
    for (int i = 0; i < 2000; i++) {
      assertThat(whoAmI(channel)).isEqualTo(AltsLab.ALICE.name());
    }
    assertThat(ClientCalls.blockingUnaryCall(
            channel, GuardedCallsIT.Echo.method("lab.Echo/WhoAmI"), CallOptions.DEFAULT, large))
        .isEqualTo(AltsLab.ALICE.name());
  }

  @Test
  void transportPresentsNoKeyMaterialAndSaysWhoItIs() throws Exception {
    Transport transport = alts.transport(AltsLab.SERVER);

    assertThat(transport.name()).isEqualTo("alts");
    assertThat(transport.material()).isNull();
    assertThat(transport.reason()).contains("no security").contains(AltsLab.SERVER.name());
    assertThat(transport.evidence())
        .extracting(item -> item.check())
        .contains("emulator", "metadata", "dmi", "handshake");
    assertThat(tls.material(tls.identity("alice"), Role.CLIENT).credential()).isNotNull();
  }

  SecureServer.ListenAddress altsListener() {
    return server.addresses().get(1);
  }

  private static org.assertj.core.api.ThrowingConsumer<Throwable> unavailable(String text) {
    return failure -> {
      Status status = Status.fromThrowable(failure);
      assertThat(status.getCode()).as(status.toString()).isEqualTo(Code.UNAVAILABLE);
      assertThat(status.toString()).contains(text);
    };
  }

  static String whoAmI(Channel channel) {
    return ClientCalls.blockingUnaryCall(
        channel, GuardedCallsIT.Echo.method("lab.Echo/WhoAmI"), CallOptions.DEFAULT, "");
  }
}
