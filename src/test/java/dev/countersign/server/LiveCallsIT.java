package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.countersign.guard.AuditRecord;
import dev.countersign.pki.ForgedCrl;
import dev.countersign.server.Streams.Opened;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.stub.ServerCallStreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams that are open when the policy, the trust, a revocation list or the clock changes end, or do not notice. */
class LiveCallsIT {
  private static final String ALICE = "spiffe://example.org/ns/demo/sa/alice";
  private static final String BOTH =
      policy("both", "alice\", \"spiffe://example.org/ns/demo/sa/bob");
  private static final String ONLY_BOB = policy("only-bob", "bob");

  @TempDir
  private Path directory;

  private LiveLab live;
  private ManagedChannel alice;
  private ManagedChannel bob;

  private static String policy(String name, String who) {
    return """
        {"name": "%s", "allow_rules": [{"name": "friends",
           "source": {"principals": ["spiffe://example.org/ns/demo/sa/%s"]}}],
         "audit_logging_options": {"audit_condition": "ON_DENY",
           "audit_loggers": [{"name": "lab_logger"}]}}
        """.formatted(name, who);
  }

  @BeforeEach
  void start() throws Exception {
    live = new LiveLab(directory, BOTH);
    alice = live.lab.channel(live.server, "alice");
    bob = live.lab.channel(live.server, "bob");
  }

  @AfterEach
  void stop() {
    live.close();
  }

  @Test
  void streamEndsWhenPolicyChangesItsMindAndOthersDoNotNotice() throws Exception {
    Opened ending = Streams.open(alice, "Open", "alice");
    Opened staying = Streams.open(bob, "Open", "bob");
    ending.echo("still");

    live.policy(ONLY_BOB);

    assertThat(ending.status().toString())
        .isEqualTo(Status.PERMISSION_DENIED.withDescription("not authorized").toString());
    assertThat(live.streams.served("alice").end()).isEqualTo("cancelled");
    staying.echo("still");
    assertThat(live.streams.served("bob").hasEnded()).isFalse();
    assertThat(live.metric("countersign_guard_ended", "} 1.0"))
        .contains("reason=\"POLICY\"")
        .endsWith("1.0");
    assertThat(live.audit.records)
        .extracting(
            AuditRecord::rpcMethod,
            AuditRecord::principal,
            AuditRecord::policyName,
            AuditRecord::matchedRule,
            AuditRecord::authorized)
        .containsExactly(tuple("/lab.Streams/Open", ALICE, "only-bob", "", false));
  }

  @Test
  void streamEndsByItsMethodAndHeadersOnly() throws Exception {
    Metadata marked = new Metadata();
    marked.put(Metadata.Key.of("x-mark", Metadata.ASCII_STRING_MARSHALLER), "old");
    Opened withMark = Streams.open(alice, "Open", "marked", marked);
    Opened without = Streams.open(alice, "Open", "plain");
    Opened other = Streams.open(alice, "Other", "other");

    live.policy("""
        {"name": "strict",
         "deny_rules": [{"name": "old-mark", "request": {"headers": [{"key": "x-mark", "values": ["old"]}]}},
           {"name": "no-other", "request": {"paths": ["/lab.Streams/Other"]}}],
         "allow_rules": [{"name": "all", "source": {"principals": ["spiffe://example.org/*"]}}]}
        """);

    assertThat(withMark.status().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(other.status().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    without.echo("still");
  }

  @Test
  void streamEndsAndConnectionClosesWhenLeafIsRevoked() throws Exception {
    live.revoke();
    assertThat(live.metric("countersign_crl_expiry_seconds{issuer=\"CN=Lab issuing\""))
        .isNotEmpty();
    Opened ending = Streams.open(alice, "Open", "alice");
    Opened second = Streams.open(alice, "Open", "alice-2");
    Opened staying = Streams.open(bob, "Open", "bob");

    live.revoke(LiveLab.leafOf(live.lab.identity("alice")));

    for (Opened stream : List.of(ending, second)) {
      assertThat(stream.status().toString())
          .isEqualTo(Status.UNAUTHENTICATED.withDescription("not authenticated").toString());
    }
    assertThat(live.streams.served("alice").end()).isEqualTo("cancelled");
    staying.echo("still");
    assertThat(live.metric("countersign_guard_ended", "} 2.0"))
        .contains("reason=\"REVOKED\"")
        .endsWith("2.0");
    assertThat(live.audit.records)
        .extracting(AuditRecord::principal, AuditRecord::authorized)
        .containsOnly(tuple(ALICE, false))
        .hasSize(2);
    // The connection is gone, so a further call needs a handshake, which is refused.
    assertThat(live.metric("countersign_server_connections{", " 1.0")).endsWith(" 1.0");
    assertThat(openFailure(alice)).isEqualTo(Code.UNAVAILABLE);
  }

  @Test
  void streamsEndWhenTheIntermediateThatIssuedThemIsRevoked() throws Exception {
    live.revoke();
    Opened ending = Streams.open(alice, "Open", "alice");
    Opened second = Streams.open(bob, "Open", "bob");
    ending.echo("still");
    second.echo("still");

    Instant from = live.clock.instant().minusSeconds(60);
    live.write(
        "crl.pem",
        ForgedCrl.of(live.lab.root(), from, live.lab.issuing().certificate())
            + ForgedCrl.of(live.lab.issuing(), from));

    for (Opened stream : List.of(ending, second)) {
      assertThat(stream.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    }
    assertThat(live.metric("countersign_guard_ended", "} 2.0"))
        .contains("reason=\"REVOKED\"")
        .endsWith("2.0");
  }

  @Test
  void clockThatIsSetBackEndsNothingAndOneThatIsSetForwardDoes() throws Exception {
    Opened stream = Streams.open(alice, "Open", "alice");

    live.clock.advance(Duration.ofDays(-2));
    stream.echo("still");
    Opened later = Streams.open(alice, "Open", "later");
    later.echo("still");
    assertThat(openFailure(live.lab.channel(live.server, "carol")))
        .as("who comes now is judged by the clock as it is")
        .isEqualTo(Code.UNAVAILABLE);
    assertThat(live.metric("countersign_server_handshake_failures", "NOT_YET_VALID"))
        .contains("reason=\"NOT_YET_VALID\"");

    live.clock.advance(Duration.ofDays(2));
    stream.echo("still");
    live.clock.advance(Duration.ofDays(2));

    assertThat(stream.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(later.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(live.metric("countersign_guard_ended", "EXPIRED")).contains("reason=\"EXPIRED\"");
  }

  @Test
  void streamEndsWhenItsAuthorityIsNoLongerBelieved() throws Exception {
    Opened ending = Streams.open(alice, "Open", "alice");
    try (Lab elsewhere = new Lab(directory.resolve("elsewhere"))) {
      live.believeOnly(elsewhere
          .forge()
          .leaf()
          .spiffe(Lab.SERVER.name())
          .clientAndServer()
          .issuedBy(elsewhere.issuing()));
    }

    assertThat(ending.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(live.metric("countersign_guard_ended", "UNTRUSTED_ISSUER"))
        .contains("reason=\"UNTRUSTED_ISSUER\"");
  }

  @Test
  void streamEndsWhenItsCertificateExpires() throws Exception {
    Opened ending = Streams.open(alice, "Open", "alice");
    live.clock.advance(Duration.ofHours(23));
    ending.echo("still");

    live.clock.advance(Duration.ofHours(2));

    assertThat(ending.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(live.metric("countersign_guard_ended", "EXPIRED")).contains("reason=\"EXPIRED\"");
  }

  @Test
  void streamEndsWhenRevocationListIsOutOfDate() throws Exception {
    // Lists hold for a day and an hour of grace: these for another five hours.
    live.lists(live.clock.instant().minus(Duration.ofHours(20)));
    Opened ending = Streams.open(alice, "Open", "alice");
    live.clock.advance(Duration.ofHours(4));
    ending.echo("still");

    live.clock.advance(Duration.ofHours(2));

    assertThat(ending.status().getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(live.metric("countersign_guard_ended", "REVOCATION_UNKNOWN"))
        .contains("reason=\"REVOCATION_UNKNOWN\"");
  }

  @Test
  void handlerThatWritesWhileItIsEndedMeetsNoException() throws Exception {
    List<Opened> streams = new ArrayList<>();
    List<Thread> writers = new ArrayList<>();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 4; i++) {
      String name = "writer-" + i;
      streams.add(Streams.open(alice, "Open", name));
      ServerCallStreamObserver<String> writing = live.streams.served(name).stream();
      Thread writer = new Thread(() -> {
        while (!writing.isCancelled()) {
          if (writing.isReady()) {
            writing.onNext("more");
          }
        }
        writing.onNext("one more after the end");
        writing.onCompleted();
      });
      writer.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
      writers.add(writer);
    }
    writers.forEach(Thread::start);
    streams.get(0).expect("more");

    live.policy(ONLY_BOB);

    for (Opened stream : streams) {
      assertThat(stream.status().getCode()).isEqualTo(Code.PERMISSION_DENIED);
    }
    for (Thread writer : writers) {
      writer.join(10_000);
      assertThat(writer.isAlive()).isFalse();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void handlerHearsOfTheEndAlsoWhenClientDoesNotRead() throws Exception {
    ClientCall<String, String> call = alice.newCall(Streams.method("Open"), CallOptions.DEFAULT);
    call.start(new ClientCall.Listener<>() {}, new Metadata());
    call.sendMessage("deaf");
    ServerCallStreamObserver<String> writing = live.streams.served("deaf").stream();
    String kilobyte = "x".repeat(1024);
    while (writing.isReady()) {
      writing.onNext(kilobyte);
    }
    for (int i = 0; i < 4096; i++) {
      writing.onNext(kilobyte);
    }

    live.policy(ONLY_BOB);

    assertThat(live.streams.served("deaf").end()).isEqualTo("cancelled");
  }

  @Test
  void callsThatHaveEndedAreForgotten() throws Exception {
    Opened cancelled = Streams.open(alice, "Open", "cancelled");
    assertThat(live.metric("countersign_guard_calls", " 1.0")).endsWith(" 1.0");

    cancelled.cancel();

    assertThat(live.streams.served("cancelled").end()).isEqualTo("cancelled");
    assertThat(live.metric("countersign_guard_calls", " 0.0")).endsWith(" 0.0");
  }

  private static Code openFailure(ManagedChannel channel) throws Exception {
    ClientCall<String, String> call = channel.newCall(Streams.method("Open"), CallOptions.DEFAULT);
    CompletableFuture<Status> status = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status result, Metadata trailers) {
            status.complete(result);
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage("again");
    return status.get(10, TimeUnit.SECONDS).getCode();
  }
}
