package dev.countersign.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command serve as what it is in production: a process. */
final class ServeProcessIT {
  @TempDir
  private Path directory;

  private ServedIdentities identities;
  private Path run;

  @BeforeEach
  void identities() throws Exception {
    identities = ServedIdentities.in(directory);
    run = directory.resolve("run");
  }

  @Test
  void servesWhomThePolicyAllowsUntilItIsTerminated() throws Exception {
    try (ServeProcess server =
        ServeProcess.start(run, ServeProcess.java(List.of(), identities.serve(run)))) {
      String target = server.ready().target();
      String admin = server.ready().admin();

      CommandRun allowed = identities.call(target, "operator", ServedIdentities.SERVER);
      CommandRun denied = identities.call(target, "viewer", ServedIdentities.SERVER);
      CommandRun wrong = identities.call(target, "operator", "spiffe://example.org/other");

      assertThat(allowed.err()).isEmpty();
      assertThat(allowed.exitCode()).isZero();
      assertThat(allowed.out()).isEqualTo("{\"location\":{\"latitude\":1,\"longitude\":2}}\n");
      assertThat(denied.exitCode()).isEqualTo(1);
      assertThat(denied.out()).isEmpty();
      assertThat(denied.err().lines())
          .last()
          .asString()
          .startsWith("{\"status\":\"PERMISSION_DENIED\",\"message\":\"");
      assertThat(wrong.exitCode()).isEqualTo(1);
      assertThat(wrong.err())
          .startsWith("countersign: error: the server was refused (UNEXPECTED_PEER): ")
          .contains(ServedIdentities.SERVER, "(expected \"spiffe://example.org/other\")");
      assertThat(wrong.err().lines())
          .last()
          .asString()
          .startsWith("{\"status\":\"UNAVAILABLE\",\"message\":\"");
      assertThat(CommandRun.today("probe", "--admin", admin).exitCode()).isZero();
      assertThat(probe(target, "operator")).isEqualTo(new CommandRun(0, "SERVING\n", ""));
      assertThat(probe(target, "viewer").exitCode()).isEqualTo(1);

      server.terminate();

      assertThat(server.exitCode()).isEqualTo(143);
      assertThat(CommandRun.today("probe", "--admin", admin).exitCode()).isEqualTo(3);
      assertThat(server.err())
          .contains(" INFO SecureServer: draining: calls that run may take ")
          .doesNotContain("\tat ", " at dev.", "Exception");
      assertThat(server.out().lines())
          .anyMatch(line -> line.contains("/routeguide.RouteGuide/GetFeature")
              && line.contains(ServedIdentities.OPERATOR)
              && line.contains("\"authorized\":true"))
          .anyMatch(line -> line.contains("spiffe://example.org/viewer")
              && line.contains("\"authorized\":false"));
      assertNoKeyIn(server);
    }
  }

  @Test
  void saysAndCountsWhenAuditRecordsCannotBeWritten() throws Exception {
    Path full = Path.of("/dev/full");
    try (ServeProcess server =
        ServeProcess.start(run, full, ServeProcess.java(List.of(), identities.serve(run)))) {
      ServeProcess.Ready ready = server.ready();
      String dropped = "countersign_guard_audit_dropped_total{logger=\"stdout_logger\"";
      assertThat(metric(ready.admin(), dropped)).endsWith(" 0.0");

      assertThat(identities
              .call(ready.target(), "operator", ServedIdentities.SERVER)
              .exitCode())
          .isZero();

      server.awaitErr("audit records can no longer be written and are dropped");
      assertThat(metric(ready.admin(), dropped)).endsWith(" 1.0");
    }
  }

  private static String metric(String admin, String beginning) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://" + admin + "/metrics")).build(),
            HttpResponse.BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith(beginning))
        .findFirst()
        .orElse("");
  }

  @Test
  void namesTheAddressThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      try (ServeProcess server =
          ServeProcess.start(run, ServeProcess.java(List.of(), identities.serveAt(address, run)))) {
        assertThat(server.exitCode()).isEqualTo(3);
        assertThat(server.err()).contains("countersign: error: cannot listen: ", address);
        assertThat(server.out()).isEmpty();
        assertThat(ServeProcess.readyFile(run)).doesNotExist();
      }
    }
  }

  @Test
  void saysWhyBoringSslDoesNotLoadAndServesWithTheJdkIfTold() throws Exception {
    List<String> without = List.of("-Dio.netty.handler.ssl.noOpenSsl=true");
    try (ServeProcess refused =
        ServeProcess.start(run, ServeProcess.java(without, identities.serve(run)))) {
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.err())
          .contains("countersign: error: BoringSSL does not load on this machine: ")
          .contains("noOpenSsl")
          .contains("--tls-provider jdk")
          .doesNotContain("\tat ");
      assertThat(ServeProcess.readyFile(run)).doesNotExist();
    }

    Path again = directory.resolve("again");
    try (ServeProcess server = ServeProcess.start(
        again, ServeProcess.java(without, identities.serve(again, "--tls-provider=jdk")))) {
      CommandRun call =
          identities.call(server.ready().target(), "operator", ServedIdentities.SERVER);

      assertThat(call.err()).isEmpty();
      assertThat(call.exitCode()).isZero();
    }
  }

  private CommandRun probe(String target, String name) {
    return CommandRun.today(
        "probe",
        "--target=mtls=" + target,
        "--identity=" + identities.identity(name),
        "--expect-server=" + ServedIdentities.SERVER);
  }

  private void assertNoKeyIn(ServeProcess server) throws Exception {
    List<String> lines =
        Files.readAllLines(identities.identity("server").resolve("tls.key")).stream()
            .filter(line -> !line.startsWith("-"))
            .map(line -> line.substring(0, Math.min(line.length(), 16)))
            .toList();

    assertThat(lines).isNotEmpty();
    assertThat(server.out() + server.err()).doesNotContain("BEGIN").doesNotContain(lines);
  }
}
