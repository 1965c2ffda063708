package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.countersign.assessment.RawHttp2;
import io.grpc.ManagedChannel;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The admin port answers its three paths, and nothing and nobody else. */
class AdminPortIT {
  private final AtomicReference<@Nullable String> obstacle = new AtomicReference<>();

  @TempDir
  private Path directory;

  private Lab lab;
  private SecureServer server;

  /** The JDK's own limits on slow requests are those of the first server of the process, which is somebody else's here. */
  @BeforeAll
  static void anotherServerWasFirst() throws Exception {
    HttpServer.create(Lab.loopback(), 0).stop(0);
  }

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    server = lab.start(lab.server(TextService.POLICY)
        .service(new TextService())
        .admin(Lab.loopback())
        .readyWhile(new ReadinessCondition("test", obstacle::get)));
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /livez, 200",
    "GET, /readyz, 200",
    "GET, /readyz?verbose, 200",
    "GET, /metrics, 200",
    "GET, /identities, 200",
    "GET, /shadow, 200",
    "GET, /, 404",
    "GET, /livez/, 404",
    "GET, /metrics/../livez, 404",
    "GET, //livez, 404",
    "GET, /debug/pprof, 404",
    "POST, /livez, 405",
    "PUT, /metrics, 405",
    "DELETE, /readyz, 405",
    "HEAD, /readyz, 405",
    "OPTIONS, /livez, 405",
    "TRACE, /livez, 405",
  })
  void answersFivePathsByGetOnly(String method, String target, int status) throws Exception {
    String answer = Admin.raw(server, method + " " + target + " HTTP/1.1\r\nHost: a\r\n");

    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(Admin.raw(server, "GET /livez HTTP/1.1\r\nHost: a\r\n")).endsWith("ok\n");
  }

  @Test
  void saysWhatStandsAgainstReadiness() throws Exception {
    assertThat(Admin.get(server, "/readyz")).endsWith("\r\n\r\nready\n");
    obstacle.set("the test says no");

    assertThat(Admin.get(server, "/readyz"))
        .startsWith("HTTP/1.1 503 ")
        .endsWith("not ready\ntest: the test says no\n");
    assertThat(Admin.get(server, "/livez")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void answersWhileOthersSendHalfARequest() throws Exception {
    List<Socket> slow = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), Admin.port(server));
      slow.add(socket);
      socket.getOutputStream().write("GET /livez HT".getBytes(StandardCharsets.US_ASCII));
    }

    long before = System.nanoTime();
    assertThat(Admin.get(server, "/livez")).endsWith("ok\n");
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(4500));

    for (Socket socket : slow) {
      socket.setSoTimeout(20_000);
      assertThat(socket.getInputStream().read()).isLessThan(0);
      socket.close();
    }
  }

  @Test
  void namesWhoIsConnectedAndForgetsWhoHasLeft() throws Exception {
    assertThat(Admin.get(server, "/identities")).endsWith("\r\n\r\n");
    ManagedChannel alice = lab.channel(server, "alice");
    TextService.say(alice, "x");
    try (RawHttp2 one = lab.raw(Lab.port(server), "bob");
        RawHttp2 two = lab.raw(Lab.port(server), "bob")) {
      for (RawHttp2 bob : List.of(one, two)) {
        bob.request(1, "/any.Service/Method").message(1, new byte[0]).send().answer(1);
      }
      assertThat(Admin.get(server, "/identities"))
          .contains("\r\n\r\n2 \"spiffe://example.org/ns/demo/sa/bob\"\n1 ")
          .endsWith("\n1 \"spiffe://example.org/ns/demo/sa/alice\"\n");
    }

    alice.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);

    String left = Admin.get(server, "/identities");
    while (!left.endsWith("\r\n\r\n")) {
      left = Admin.get(server, "/identities");
    }
  }

  @Test
  void metricsHaveTheStandardOnesOursAndNothingThatPeersName() throws Exception {
    assertThat(TextService.say(lab.channel(server, "alice"), "x")).isEqualTo("x");
    try (RawHttp2 mallory = lab.raw(Lab.port(server), "mallory")) {
      for (int i = 0; i < 5; i++) {
        int stream = 2 * i + 1;
        assertThat(mallory
                .request(stream, "/evil.Service/Method" + i, "user-agent", "evil" + i)
                .message(stream, new byte[0])
                .send()
                .answer(stream)
                .grpcStatus())
            .isEqualTo("7");
      }
    }
    try (CapturedLog log = new CapturedLog();
        Socket chatty = new Socket(InetAddress.getLoopbackAddress(), Lab.port(server))) {
      chatty.getOutputStream().write("hello, hello, hello\r\n".getBytes(StandardCharsets.US_ASCII));
      log.await("handshake with mtls peer");
    }

    String metrics = Admin.get(server, "/metrics");
    assertThat(metrics.lines())
        .anyMatch(line -> line.startsWith("grpc_server_call_duration_seconds_count")
            && line.contains("lab.Text/Say"))
        .anyMatch(line -> line.startsWith("countersign_guard_decisions")
            && line.contains("result=\"allowed\"")
            && line.contains("rule=\"alice\""))
        .anyMatch(line -> line.startsWith("countersign_guard_decisions")
            && line.contains("result=\"denied\"")
            && line.endsWith(" 5.0"))
        .anyMatch(
            line -> line.startsWith("countersign_certificate_expiry_seconds{identity=\"spiffe:")
                && line.contains("sa/server")
                && line.contains("use=\"leaf\""))
        .anyMatch(line ->
            line.startsWith("countersign_certificate_expiry_seconds{identity=\"CN=Lab issuing\"")
                && line.contains("use=\"intermediate\""))
        .anyMatch(line ->
            line.startsWith("countersign_certificate_expiry_seconds{identity=\"CN=Lab root\"")
                && line.contains("use=\"anchor\""))
        .anyMatch(line -> line.startsWith("countersign_server_handshake_failures")
            && line.contains("reason=\"HANDSHAKE\"")
            && line.endsWith(" 1.0"))
        .anyMatch(line -> line.matches("jvm_memory_used_bytes\\{.*\"heap\".*} [1-9].*"));
    assertThat(metrics).doesNotContain("evil", "mallory", "sa/alice");
  }
}
