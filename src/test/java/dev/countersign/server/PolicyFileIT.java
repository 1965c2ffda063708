package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.policy.PolicyException;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy file that changes under a server with open connections. */
class PolicyFileIT {
  private static final Duration OFTEN = Duration.ofMillis(20);

  @TempDir
  private Path directory;

  private Lab lab;
  private Path file;
  private PolicyFile policy;
  private SecureServer server;
  private ManagedChannel alice;
  private ManagedChannel bob;

  @BeforeEach
  void start() throws Exception {
    lab = new Lab(directory);
    file = directory.resolve("policy.json");
    Files.writeString(file, allowing("alice", ""));
    policy = PolicyFile.watching(file, OFTEN);
    server = lab.start(lab.server(TextService.POLICY).guardedBy(policy).service(new TextService()));
    alice = lab.channel(server, "alice");
    bob = lab.channel(server, "bob");
    assertThat(TextService.say(alice, "x")).isEqualTo("x");
    assertThatThrownBy(() -> TextService.say(bob, "x")).satisfies(PolicyFileIT::isDenied);
  }

  @AfterEach
  void stop() {
    policy.close();
    lab.close();
  }

  @Test
  void takesUpAChangeOnOpenConnections() throws Exception {
    change(allowing("bob", ""), "took up policy \"for-bob\"");

    assertThat(TextService.say(bob, "x")).isEqualTo("x");
    assertThatThrownBy(() -> TextService.say(alice, "x")).satisfies(PolicyFileIT::isDenied);
  }

  @Test
  void keepsThePolicyWhenTheNewOneIsBrokenAndTakesUpTheNextGoodOne() throws Exception {
    assertThat(change(
            "{\"name\": \"x\",\n\"allow_rules\": [{\"name\": \"a\", \"sourc\": {}}]}",
            "kept the previous policy"))
        .startsWith("SEVERE kept the previous policy \"for-alice\"")
        .contains("policy.json:2:", "sourc");
    stillForAlice();

    change("", "kept the previous policy");
    stillForAlice();

    change(allowing("bob", ""), "took up policy \"for-bob\"");
    assertThat(TextService.say(bob, "x")).isEqualTo("x");
  }

  @Test
  void keepsThePolicyWhenTheFileVanishes() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      Files.delete(file);
      log.await("kept the previous policy \"for-alice\"");
    }
    stillForAlice();
  }

  @Test
  void keepsThePolicyWhenTheNewOneNamesAnUnknownAuditLogger() throws Exception {
    String unknown = allowing("bob", """
        , "audit_logging_options": {"audit_condition": "ON_DENY",
            "audit_loggers": [{"name": "no-such"}]}""");

    assertThat(change(unknown, "kept the previous policy")).contains("no-such");
    stillForAlice();
    assertThat(policy.policy().name()).isEqualTo("for-alice");

    change(unknown.replace("\"no-such\"", "\"no-such\", \"is_optional\": true"), "took up policy");
    assertThat(TextService.say(bob, "x")).isEqualTo("x");
  }

  @Test
  void doesNotStartWithABrokenPolicy() throws Exception {
    Path broken = Files.writeString(directory.resolve("broken.json"), "{\"name\": 1}");

    assertThatThrownBy(() -> PolicyFile.watching(broken, OFTEN))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("broken.json:1:");
  }

  private void stillForAlice() {
    assertThat(TextService.say(alice, "x")).isEqualTo("x");
    assertThatThrownBy(() -> TextService.say(bob, "x")).satisfies(PolicyFileIT::isDenied);
  }

  /** Replaces the file and waits for the line that tells what came of it. */
  private String change(String content, String told) throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      Files.writeString(directory.resolve("next"), content);
      Files.move(
          directory.resolve("next"), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      return log.await(told);
    }
  }

  private static String allowing(String who, String more) {
    return """
        {"name": "for-%s", "allow_rules": [{"name": "all",
          "source": {"principals": ["spiffe://example.org/ns/demo/sa/%s"]}}]%s}
        """.formatted(who, who, more);
  }

  private static void isDenied(Throwable failure) {
    assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Code.PERMISSION_DENIED);
  }
}
