package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.server.Streams.Opened;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shadow policy says what it would change, and changes nothing. */
class ShadowPolicyIT {
  private static final int MOST_LOGGED = 1000;

  @TempDir
  private Path directory;

  private final Lab.Recorder audit = new Lab.Recorder();
  private Lab lab;
  private Path shadowFile;
  private PolicyFile shadow;
  private SecureServer server;
  private ManagedChannel alice;
  private ManagedChannel bob;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    shadowFile = Files.writeString(directory.resolve("shadow.json"), allowing("next", "bob"));
    shadow = PolicyFile.watching(shadowFile, Duration.ofMillis(20));
    server = lab.start(lab.server(allowing("now", "alice"))
        .shadowedBy(shadow)
        .auditSink(audit)
        .admin(Lab.loopback())
        .service(new TextService())
        .service(new Streams()));
    alice = lab.channel(server, "alice");
    bob = lab.channel(server, "bob");
  }

  @AfterEach
  void stop() {
    shadow.close();
    lab.close();
  }

  @Test
  void tellsWhatItWouldChangeOnceAndCountsEveryCall() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      assertThat(TextService.say(alice, "x")).isEqualTo("x");
      assertThat(TextService.say(alice, "y")).isEqualTo("y");
      assertThatThrownBy(() -> TextService.say(bob, "x")).satisfies(ShadowPolicyIT::isDenied);

      assertThat(differences(log))
          .containsExactly(
              "INFO shadow policy differs: now denied: \"spiffe://example.org/ns/demo/sa/alice\" calls"
                  + " \"/lab.Text/Say\"; before: allowed by allow_rules rule \"all\" of policy \"now\";"
                  + " after: no rule of policy \"next\" matches (what is not allowed is denied)",
              "INFO shadow policy differs: now allowed: \"spiffe://example.org/ns/demo/sa/bob\" calls"
                  + " \"/lab.Text/Say\"; before: no rule of policy \"now\" matches (what is not allowed is"
                  + " denied); after: allowed by allow_rules rule \"all\" of policy \"next\"");
    }
    assertThat(metrics())
        .contains(
            "countersign_guard_shadow_decisions_total{otel_scope_name=\"countersign\",policy=\"next\",result=\"now-denied\",rule=\"\"} 2.0")
        .contains(
            "countersign_guard_shadow_decisions_total{otel_scope_name=\"countersign\",policy=\"next\",result=\"now-allowed\",rule=\"all\"} 1.0");
    assertThat(admin("/shadow").lines())
        .anyMatch(line -> line.startsWith("now allowed: \"spiffe://example.org/ns/demo/sa/bob\""))
        .anyMatch(line -> line.startsWith("now denied: \"spiffe://example.org/ns/demo/sa/alice\""));
    assertThat(audit.records)
        .describedAs("records of the policy in force only")
        .hasSize(3)
        .allMatch(record -> record.policyName().equals("now"));
  }

  @Test
  void isReloadedAndABrokenOneIsTold() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      Files.writeString(shadowFile, "{");
      log.await("kept the previous policy \"next\"");
      assertThat(admin("/readyz"))
          .contains("\r\n\r\nready\nnote: shadow-policy: kept the previous");

      Files.writeString(shadowFile, allowing("third", "alice"));
      log.await("took up policy \"third\"");
      assertThat(TextService.say(alice, "x")).isEqualTo("x");
      assertThat(differences(log)).isEmpty();
    }
    assertThat(metrics()).contains("policy=\"third\",result=\"same\",rule=\"all\"} 1.0");
  }

  @Test
  void comparesOpenCallsWheneverEitherPolicyIsReplaced() throws Exception {
    Opened stream = Streams.open(alice, "Open", "alice");
    try (CapturedLog log = new CapturedLog()) {
      Files.writeString(shadowFile, allowing("third", "alice"));
      log.await("took up policy \"third\"");
      Admin.awaitMetric(server, "policy=\"third\",result=\"same\",rule=\"all\"} 1.0");

      Files.writeString(shadowFile, allowing("fourth", "bob"));
      assertThat(log.await("shadow policy differs"))
          .contains(
              "now denied: \"spiffe://example.org/ns/demo/sa/alice\" calls \"/lab.Streams/Open\"");
      Admin.awaitMetric(server, "policy=\"fourth\",result=\"now-denied\",rule=\"\"} 1.0");
      stream.echo("still");
    }
    assertThat(audit.records)
        .describedAs("it is compared, and nothing else happens to it")
        .singleElement()
        .satisfies(record -> assertThat(record.policyName()).isEqualTo("now"));
  }

  @Test
  void stopsLoggingWhenThereIsTooMuchToSay() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      for (int i = 0; i <= MOST_LOGGED; i++) {
        MethodDescriptor<String, String> method = TextService.method("lab.Text/Any" + i);
        assertThatThrownBy(
                () -> ClientCalls.blockingUnaryCall(alice, method, CallOptions.DEFAULT, "x"))
            .satisfies(failure ->
                assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Code.UNIMPLEMENTED));
      }
      assertThat(differences(log))
          .hasSize(MOST_LOGGED + 1)
          .last()
          .asString()
          .endsWith("further ones are counted and no longer logged");
    }
    assertThat(metrics())
        .contains("policy=\"next\",result=\"now-denied\",rule=\"\"} " + (MOST_LOGGED + 1) + ".0");
  }

  private static List<String> differences(CapturedLog log) {
    return log.lines().stream()
        .filter(line -> line.startsWith("INFO shadow policy differs"))
        .toList();
  }

  private String metrics() throws Exception {
    return admin("/metrics");
  }

  private String admin(String path) throws Exception {
    return Admin.get(server, path);
  }

  private static String allowing(String name, String who) {
    return """
        {"name": "%s", "allow_rules": [{"name": "all",
          "source": {"principals": ["spiffe://example.org/ns/demo/sa/%s"]}}],
         "audit_logging_options": {"audit_condition": "ON_DENY_AND_ALLOW",
            "audit_loggers": [{"name": "lab_logger"}]}}
        """.formatted(name, who);
  }

  private static void isDenied(Throwable failure) {
    assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Code.PERMISSION_DENIED);
  }
}
