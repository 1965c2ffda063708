package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.guard.AuditRecord;
import dev.countersign.guard.AuditSink;
import dev.countersign.guard.AuditSinkProvider;
import dev.countersign.policy.PolicyException;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
    server = lab.start(lab.server(TextService.POLICY)
        .guardedBy(policy)
        .admin(Lab.loopback())
        .service(new TextService()));
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
  void takesUpTheNewOneOnceItsRightsAreRepaired() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      replace(allowing("bob", ""), "rw-rw-rw-");
      assertThat(log.await("kept the previous policy \"for-alice\""))
          .contains("writable by everyone", "; chmod o-w it");
      assertThat(Admin.get(server, "/readyz")).contains("\nnote: policy: kept the previous policy");
      stillForAlice();

      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      log.await("took up policy \"for-bob\"");
    }
    assertThat(TextService.say(bob, "x")).isEqualTo("x");
    assertThatThrownBy(() -> TextService.say(alice, "x")).satisfies(PolicyFileIT::isDenied);
    assertThat(Admin.get(server, "/readyz")).doesNotContain("note:");
  }

  @Test
  void takesUpTheNewOneOnceItsDirectoryIsRepaired() throws Exception {
    Path own = Files.createDirectory(directory.resolve("own"));
    Path inOwn = Files.copy(file, own.resolve("policy.json"));
    BlockingQueue<Reload> told = new LinkedBlockingQueue<>();
    try (PolicyFile watched = PolicyFile.watching(inOwn, OFTEN)) {
      watched.onReload(told::add);
      Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxrwxrwx"));
      Files.writeString(inOwn, allowing("bob", ""));
      assertThat(next(told))
          .matches(reload -> !reload.accepted())
          .asString()
          .contains(own.toString());

      Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxr-xr-x"));
      assertThat(nextAccepted(told).message()).contains("took up policy \"for-bob\"");
      assertThat(watched.policy().name()).isEqualTo("for-bob");
    }
  }

  @Test
  void tellsWhatIsWrongWithTheContentOfAFileWhoseRightsWereRepaired() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      replace("{\"name\": 1}", "rw-rw-rw-");
      log.await("writable by everyone");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      assertThat(log.await("policy.json:1:")).contains("kept the previous policy \"for-alice\"");
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
  void givesThePreviousOneBackToAServerThatTookWhatAnotherRefused() throws Exception {
    Path shared = Files.writeString(directory.resolve("shared.json"), allowing("alice", ""));
    try (PolicyFile watched = PolicyFile.watching(shared, OFTEN);
        CapturedLog log = new CapturedLog()) {
      SecureServer takes = lab.start(lab.server(TextService.POLICY)
          .guardedBy(watched)
          .auditSink(new Lab.Recorder())
          .service(new TextService()));
      lab.start(lab.server(TextService.POLICY).guardedBy(watched).service(new TextService()));
      ManagedChannel aliceThere = lab.channel(takes, "alice");
      ManagedChannel bobThere = lab.channel(takes, "bob");
      assertThat(TextService.say(aliceThere, "x")).isEqualTo("x");

      Files.writeString(shared, allowing("bob", audit("lab_logger")));
      assertThat(log.await("kept the previous policy")).contains("others may enforce it");
      assertThat(TextService.say(bobThere, "x")).isEqualTo("x");

      Files.writeString(shared, allowing("alice", ""));
      log.await("took up policy \"for-alice\"");
      assertThat(TextService.say(aliceThere, "x")).isEqualTo("x");
      assertThatThrownBy(() -> TextService.say(bobThere, "x")).satisfies(PolicyFileIT::isDenied);
    }
  }

  @Test
  void takesUpTheNewOneThoughASinkOfTheOldOneDoesNotClose() throws Exception {
    Path own = Files.writeString(
        directory.resolve("own.json"), allowing("alice", audit("stubborn", "willing")));
    Sink stubborn = new Sink("stubborn", () -> {
      throw new IllegalStateException("disk full");
    });
    CountDownLatch closed = new CountDownLatch(1);
    try (PolicyFile watched = PolicyFile.watching(own, OFTEN);
        CapturedLog log = new CapturedLog()) {
      SecureServer sinks = lab.start(lab.server(TextService.POLICY)
          .guardedBy(watched)
          .auditSink(stubborn)
          .auditSink(new Sink("willing", closed::countDown))
          .service(new TextService()));
      ManagedChannel bobThere = lab.channel(sinks, "bob");

      Files.writeString(own, allowing("bob", ""));
      assertThat(log.await("policy")).contains("took up policy \"for-bob\"");
      assertThat(TextService.say(bobThere, "x")).isEqualTo("x");
      assertThat(closed.getCount()).describedAs("the other sink is closed").isZero();

      Files.writeString(own, allowing("alice", audit("stubborn", "willing")));
      log.await("took up policy \"for-alice\"");
      assertThatThrownBy(() -> TextService.say(bobThere, "x")).satisfies(PolicyFileIT::isDenied);
    }
  }

  @Test
  void givesAChangeToAServerThatStartsInTheMiddleOfIt() throws Exception {
    Path own = Files.writeString(directory.resolve("own.json"), allowing("alice", ""));
    BlockingQueue<Reload> told = new LinkedBlockingQueue<>();
    List<String> late = new CopyOnWriteArrayList<>();
    try (PolicyFile watched = PolicyFile.watching(own, OFTEN)) {
      Thread starting = new Thread(() -> {
        late.add(watched.policy().name());
        watched.onChange(policy -> late.add(policy.name()));
      });
      watched.onReload(told::add);
      watched.onChange(policy -> {
        if (policy.name().equals("for-bob")) {
          starting.start();
          awaitBlockedOrDone(starting);
        }
      });

      Files.writeString(own, allowing("bob", ""));
      nextAccepted(told);
      starting.join();
      assertThat(late).first().isEqualTo("for-alice");
      assertThat(late).last().isEqualTo("for-bob");
    }
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
      Files.move(directory.resolve("next"), file, StandardCopyOption.REPLACE_EXISTING);
      return log.await(told);
    }
  }

  /** Replaces the file by one that has its rights from the beginning. */
  private void replace(String content, String rights) throws Exception {
    Path next = Files.writeString(directory.resolve("next"), content);
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString(rights));
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void awaitBlockedOrDone(Thread thread) {
    while (thread.getState() != Thread.State.BLOCKED && thread.isAlive()) {
      Thread.onSpinWait();
    }
  }

  private static String audit(String... loggers) {
    return Arrays.stream(loggers)
        .map(logger -> "{\"name\": \"" + logger + "\"}")
        .collect(Collectors.joining(
            ", ",
            ", \"audit_logging_options\": {\"audit_condition\": \"ON_DENY\", \"audit_loggers\": [",
            "]}"));
  }

  private static Reload next(BlockingQueue<Reload> told) throws Exception {
    return Objects.requireNonNull(told.poll(30, TimeUnit.SECONDS), "nothing was told");
  }

  private static Reload nextAccepted(BlockingQueue<Reload> told) throws Exception {
    Reload reload = next(told);
    while (!reload.accepted()) {
      reload = next(told);
    }
    return reload;
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

  /** Records nothing; what its sinks do when they are closed is the test's choice. */
  private record Sink(String name, Runnable end) implements AuditSinkProvider {
    @Override
    public AuditSink create(String configJson) {
      return new AuditSink() {
        @Override
        public void record(AuditRecord event) {}

        @Override
        public void close() {
          end.run();
        }
      };
    }
  }
}
