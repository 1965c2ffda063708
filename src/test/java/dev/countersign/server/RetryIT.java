package dev.countersign.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.countersign.client.SecureChannel;
import dev.countersign.credentials.Role;
import dev.countersign.credentials.Transport;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusOr;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of calls when one of two servers behind a name is lost while it has them. */
class RetryIT {
  private static final String SCHEME = "replicas";
  private static final int CALLS = 40;
  private static final int ATTEMPTS = 4;

  private final Names names = new Names();
  private final AtomicInteger received = new AtomicInteger();

  @TempDir
  private Path directory;

  private Lab lab;
  private Replica lost;
  private Replica other;

  @BeforeEach
  void open() throws Exception {
    lab = new Lab(directory);
    lost = new Replica(lab);
    other = new Replica(lab);
    NameResolverRegistry.getDefaultRegistry().register(names);
  }

  @AfterEach
  void close() throws Exception {
    NameResolverRegistry.getDefaultRegistry().deregister(names);
    lost.close();
    other.close();
    lab.close();
  }

  /** What came of the calls that were made while one server kept what it got, and was lost then. */
  private record Outcome(int inFlight, int arrived, List<Code> failures) {}

  @Test
  void callsThatReadAreAnsweredByTheOtherServer() throws Exception {
    lost.holdCalls();

    Outcome outcome = loseOne(retrying(), Replica.READ);

    assertThat(outcome.inFlight()).isPositive();
    assertThat(outcome.failures()).isEmpty();
  }

  @Test
  void streamsOfResponsesThatHaveNotBegunAreAnsweredByTheOtherServer() throws Exception {
    lost.holdCalls();

    Outcome outcome = loseOne(retrying(), Replica.LIST);

    assertThat(outcome.inFlight()).isPositive();
    assertThat(outcome.failures()).isEmpty();
  }

  @Test
  void withoutRetriesTheCallsInFlightAreLost() throws Exception {
    lost.holdCalls();

    Outcome outcome = loseOne(channel(), Replica.READ);

    assertThat(outcome.inFlight()).isPositive();
    assertThat(outcome.failures()).hasSize(outcome.inFlight()).containsOnly(Code.UNAVAILABLE);
  }

  @Test
  void callsThatWriteAreLostAndNeverMadeTwice() throws Exception {
    lost.holdCalls();

    Outcome outcome = loseOne(retrying(), Replica.WRITE);

    assertThat(outcome.inFlight()).isPositive();
    assertThat(outcome.failures()).hasSize(outcome.inFlight()).containsOnly(Code.UNAVAILABLE);
    assertThat(outcome.arrived()).isEqualTo(CALLS);
  }

  @Test
  void answersThatHaveBegunAreLost() throws Exception {
    lost.beginAnswers();

    Outcome outcome = loseOne(retrying(), Replica.LIST);

    assertThat(outcome.inFlight()).isPositive();
    assertThat(outcome.failures()).hasSize(outcome.inFlight()).containsOnly(Code.UNAVAILABLE);
  }

  @Test
  void attemptsAreBounded() throws Exception {
    ManagedChannel channel = retrying();
    fail(Status.UNAVAILABLE);

    assertThat(call(channel, Replica.READ).get(30, TimeUnit.SECONDS)).isEqualTo(Code.UNAVAILABLE);
    assertThat(arrived()).isEqualTo(ATTEMPTS);
    assertThat(call(channel, Replica.WRITE).get(30, TimeUnit.SECONDS)).isEqualTo(Code.UNAVAILABLE);
    assertThat(arrived()).isEqualTo(ATTEMPTS + 1);
  }

  @Test
  void onlyUnavailableIsTriedAgain() throws Exception {
    ManagedChannel channel = retrying();
    List<Code> others = Stream.of(Code.values())
        .filter(code -> code != Code.OK && code != Code.UNAVAILABLE)
        .toList();

    for (Code code : others) {
      fail(code.toStatus());
      assertThat(call(channel, Replica.READ).get(30, TimeUnit.SECONDS)).isEqualTo(code);
    }

    assertThat(arrived()).isEqualTo(others.size());
  }

  @Test
  void serversThatCannotKeepUpAreNotAskedEverMore() throws Exception {
    ManagedChannel channel = retrying();
    fail(Status.UNAVAILABLE);
    int calls = 600;

    List<CompletableFuture<Code>> made = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      made.add(call(channel, Replica.READ));
    }
    for (CompletableFuture<Code> each : made) {
      assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo(Code.UNAVAILABLE);
    }

    // Half of the thousand that may fail before nothing is tried again.
    assertThat(arrived()).isLessThan(calls + 500);
  }

  @Test
  void methodThatTakesAStreamOfRequestsIsRefused() throws Exception {
    SecureChannel channel = pair().retrying(Replica.READ);

    assertThatThrownBy(() -> channel.retrying(Streams.method("Open")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("method \"lab.Streams/Open\" cannot be retried: it takes a stream of requests");
  }

  private Outcome loseOne(ManagedChannel channel, MethodDescriptor<String, String> method)
      throws Exception {
    connectToBoth(channel, method);
    int lostBefore = lost.arrived();
    int before = arrived();
    List<CompletableFuture<Code>> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      calls.add(call(channel, method));
    }
    await(() -> arrived() - before == CALLS && received.get() == lost.sent() + other.sent());
    int inFlight = lost.arrived() - lostBefore;

    lost.lose();

    List<Code> failures = new ArrayList<>();
    for (CompletableFuture<Code> call : calls) {
      Code code = call.get(30, TimeUnit.SECONDS);
      if (code != Code.OK) {
        failures.add(code);
      }
    }
    return new Outcome(inFlight, arrived() - before, failures);
  }

  /** Those calls that the lost server never answers do no harm here. */
  private void connectToBoth(ManagedChannel channel, MethodDescriptor<String, String> method)
      throws Exception {
    AtomicInteger made = new AtomicInteger();
    await(() -> {
      var unused = call(channel, method);
      made.incrementAndGet();
      return lost.arrived() > 0 && other.arrived() > 0;
    });
    await(() -> arrived() == made.get());
  }

  private CompletableFuture<Code> call(
      ManagedChannel channel, MethodDescriptor<String, String> method) {
    ClientCall<String, String> call = channel.newCall(method, CallOptions.DEFAULT);
    End end = new End();
    if (method.getType().serverSendsOneMessage()) {
      ClientCalls.asyncUnaryCall(call, "", end);
    } else {
      ClientCalls.asyncServerStreamingCall(call, "", end);
    }
    return end.code;
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private void fail(Status status) {
    lost.failWith(status);
    other.failWith(status);
  }

  private int arrived() {
    return lost.arrived() + other.arrived();
  }

  private ManagedChannel channel() throws Exception {
    return opened(pair());
  }

  private ManagedChannel retrying() throws Exception {
    return opened(pair().retrying(Replica.READ, Replica.LIST));
  }

  private SecureChannel pair() throws Exception {
    return SecureChannel.to(
            SCHEME + ":///all",
            Transport.mutualTls(lab.material(lab.identity("alice"), Role.CLIENT)))
        .expecting(Lab.SERVER);
  }

  private ManagedChannel opened(SecureChannel channel) {
    return lab.closing(channel.build());
  }

  /** How a call ended. */
  private final class End implements StreamObserver<String> {
    final CompletableFuture<Code> code = new CompletableFuture<>();

    @Override
    public void onNext(String value) {
      received.incrementAndGet();
    }

    @Override
    public void onError(Throwable thrown) {
      code.complete(Status.fromThrowable(thrown).getCode());
    }

    @Override
    public void onCompleted() {
      code.complete(Code.OK);
    }
  }

  /** One name for both servers; a DNS name has one port for all its addresses. */
  private final class Names extends NameResolverProvider {
    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args arguments) {
      return target.getScheme().equals(SCHEME) ? new Both() : null;
    }
  }

  private final class Both extends NameResolver {
    @Override
    public String getServiceAuthority() {
      return "all";
    }

    @Override
    public void start(Listener2 listener) {
      listener.onResult(ResolutionResult.newBuilder()
          .setAddressesOrError(StatusOr.fromValue(List.of(
              new EquivalentAddressGroup(lost.address()),
              new EquivalentAddressGroup(other.address()))))
          .build());
    }

    @Override
    public void shutdown() {}
  }
}
