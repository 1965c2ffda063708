package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.countersign.policy.Policy;
import io.grpc.Status.Code;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.Meter;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Something fails while open calls are looked at: what it concerns is refused, and everything else goes on. */
class LiveCallsTest {
  private static final Meter METER = OpenTelemetry.noop().getMeter("test");

  private final FailingSink sink = new FailingSink();
  private final GuardMetrics metrics = new GuardMetrics(METER, new IdentityCounts(10));
  private volatile PolicyState state = state(1, "*");
  private volatile Duration ahead = Duration.ZERO;
  private final AtomicInteger looks = new AtomicInteger();
  private final InstantSource clock = () -> {
    looks.incrementAndGet();
    return Instant.now().plus(ahead);
  };
  private final LiveCalls live = new LiveCalls(() -> state, new Shadow(metrics), clock, metrics);

  /** Throws what a test wants. */
  private static final class FailingSink implements AuditSinkProvider {
    private volatile Runnable mood = () -> {};

    @Override
    public String name() {
      return "failing";
    }

    @Override
    public AuditSink create(String configJson) {
      return event -> mood.run();
    }
  }

  private PolicyState state(long generation, String who) {
    Policy policy = Policy.parse("test", """
        {"name": "test", "allow_rules": [
           {"name": "all", "source": {"principals": ["spiffe://example.org/%s"]}}],
         "audit_logging_options": {"audit_condition": "ON_DENY", "audit_loggers": [{"name": "failing"}]}}
        """.formatted(who).getBytes(StandardCharsets.UTF_8));
    return new PolicyState(
        generation, policy, Audit.of(policy.auditOptions(), Map.of("failing", sink)));
  }

  static Stream<Named<Runnable>> failures() {
    return Stream.of(
        Named.of("an exception", () -> {
          throw new IllegalStateException("a mistake");
        }),
        Named.of("an error", () -> {
          throw new AssertionError("a worse one");
        }));
  }

  @AfterEach
  void close() {
    live.close();
  }

  private GuardedConnection enter(FakeConnection connection) throws Exception {
    GuardedConnection guarded = connection.guarded();
    live.enter(guarded);
    return guarded;
  }

  private static Code end(FakeCall call) throws Exception {
    return call.closed.get(20, TimeUnit.SECONDS).getCode();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void endsAllCallsThoughTheAuditFails(Runnable failure) throws Exception {
    List<FakeCall> calls = List.of(new FakeCall(), new FakeCall(), new FakeCall());
    GuardedConnection one = enter(new FakeConnection());
    FakeConnection.open(calls.get(0), one);
    FakeConnection.open(calls.get(1), one);
    FakeConnection.open(calls.get(2), enter(new FakeConnection()));
    sink.mood = failure;

    state = state(2, "somebody-else");
    live.wake();

    for (FakeCall call : calls) {
      assertThat(end(call)).isEqualTo(Code.PERMISSION_DENIED);
    }
  }

  @ParameterizedTest
  @MethodSource("failures")
  void refusesAConnectionThatCannotBeDecidedAgainAndEndsItsCalls(Runnable failure)
      throws Exception {
    FakeConnection broken = new FakeConnection();
    FakeConnection whole = new FakeConnection();
    FakeCall itsCall = new FakeCall();
    FakeCall another = new FakeCall();
    GuardedConnection guarded = enter(broken);
    FakeConnection.open(itsCall, guarded);
    FakeConnection.open(another, enter(whole));
    live.start(Duration.ofMillis(20));

    broken.whenAsked = failure;

    assertThat(end(itsCall)).isEqualTo(Code.UNAUTHENTICATED);
    broken.closed.get(20, TimeUnit.SECONDS);
    assertThat(guarded.hasChanged()).as("refused for good").isTrue();
    assertThat(another.closed).isNotDone();
    assertThat(whole.closed).isNotDone();

    state = state(2, "somebody-else");

    assertThat(end(another)).as("the looks go on").isEqualTo(Code.PERMISSION_DENIED);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void endsACallThatCannotBeDecidedAgainWhenItStarts(Runnable failure) throws Exception {
    FakeConnection broken = new FakeConnection();
    FakeCall call = new FakeCall();
    OpenCall<String, String> open = FakeConnection.open(call, enter(broken));
    broken.whenAsked = failure;

    live.review(open);

    assertThat(end(call)).isEqualTo(Code.UNAUTHENTICATED);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void triesToCloseEachConnectionAlthoughNoneCanBeClosed(Runnable failure) throws Exception {
    List<FakeConnection> connections = new ArrayList<>();
    CountDownLatch tried = new CountDownLatch(25);
    for (int i = 0; i < 25; i++) {
      FakeConnection connection = new FakeConnection();
      connection.whenClosed = () -> {
        tried.countDown();
        failure.run();
      };
      enter(connection);
      connections.add(connection);
    }
    live.start(Duration.ofMillis(20));

    connections.forEach(each -> each.whenAsked = failure);

    assertThat(tried.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void endsCallsOfOthersAlthoughOneCannotBeEnded() throws Exception {
    FakeConnection connection = new FakeConnection();
    GuardedConnection guarded = enter(connection);
    List<FakeCall> calls = List.of(new FakeCall(), new FakeCall(), new FakeCall());
    calls.forEach(call -> FakeConnection.open(call, guarded));
    calls.get(1).whenClosed = () -> {
      throw new IllegalStateException("already closed by somebody else");
    };

    state = state(2, "somebody-else");
    live.wake();

    end(calls.get(0));
    end(calls.get(2));
    connection.closed.get(20, TimeUnit.SECONDS);
  }

  /** Its handshake was slow: trust changed while it was verified, and all others had been looked at when it came. */
  @Test
  void looksAtWhoEnteredAfterTheOthersWereDecidedAgain() throws Exception {
    FakeConnection first = new FakeConnection();
    FakeConnection late = new FakeConnection(first);
    enter(first);
    GuardedConnection guarded = late.guarded();
    live.start(Duration.ofMillis(20));
    first.believesNobody();
    first.closed.get(20, TimeUnit.SECONDS);
    awaitLooks(2);

    live.enter(guarded);

    late.closed.get(20, TimeUnit.SECONDS);
  }

  /** Who asked for trust before it changed, and verifies after another has verified under the newer one. */
  @Test
  void olderVerificationDoesNotReplaceANewerOne() throws Exception {
    FakeConnection connection = new FakeConnection();
    GuardedConnection guarded = enter(connection);
    connection.whenAsked = () -> {
      connection.whenAsked = () -> {};
      connection.believesAsBefore();
      assertThatCode(guarded::identity).doesNotThrowAnyException();
    };

    guarded.identity();

    assertThat(guarded.hasChanged()).isFalse();
  }

  @Test
  void asksTheirSourceOnceALookWhileNothingChanges() throws Exception {
    FakeConnection first = new FakeConnection();
    enter(first);
    for (int i = 0; i < 99; i++) {
      enter(new FakeConnection(first));
    }
    live.start(Duration.ofMillis(5));
    awaitLooks(3);
    AtomicInteger asked = new AtomicInteger();
    int before = looks.get();
    first.whenAsked = asked::incrementAndGet;

    awaitLooks(20);

    first.whenAsked = () -> {};
    assertThat(asked.get()).isBetween(1, looks.get() - before + 1);
  }

  /** The walk for another policy has to find out anew whose time is up first. */
  @Test
  void looksAtAllAgainWhenTheTimeOfOneIsUp() throws Exception {
    FakeConnection first = new FakeConnection();
    for (int i = 0; i < 100; i++) {
      enter(i == 0 ? first : new FakeConnection(first));
    }
    live.start(Duration.ofMillis(5));
    awaitLooks(3);
    state = state(2, "*");
    awaitLooks(3);
    AtomicInteger asked = new AtomicInteger();
    first.whenAsked = asked::incrementAndGet;

    ahead = Duration.ofDays(10_000);
    awaitLooks(5);

    first.whenAsked = () -> {};
    assertThat(asked.get()).isGreaterThan(100);
  }

  @Test
  void keepsNoneOfThoseWhoLeaveWhenNobodyLooks() throws Exception {
    GuardedConnection gone = new FakeConnection().guarded();
    WeakReference<GuardedConnection> reference = new WeakReference<>(gone);
    live.enter(gone);
    live.leave(gone);
    gone = null;

    awaitForgotten(reference);
  }

  private static void awaitForgotten(WeakReference<?> reference) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!reference.refersTo(null) && System.nanoTime() < deadline) {
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    assertThat(reference.refersTo(null)).isTrue();
  }

  private void awaitLooks(int more) {
    int enough = looks.get() + more;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (looks.get() < enough && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    assertThat(looks.get()).isGreaterThanOrEqualTo(enough);
  }
}
