package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A handler hears once of the end of its call, in whichever order the guard and grpc-java tell of it. */
final class GuardedListenerTest {
  private final Heard handler = new Heard();
  private final FakeCall call = new FakeCall();
  private OpenCall<String, String> open;
  private GuardedListener<String> listener;

  @BeforeEach
  void start() throws Exception {
    open = new OpenCall<>(call, new FakeConnection().guarded(), MetadataHeaders.of(new Metadata()));
    Context own = Context.current().withValue(Context.<String>key("whose"), "the peer's");
    listener = GuardedListener.of(own, open);
    open.enter(listener);
    GuardedListener.start(listener, open, new Metadata(), (started, headers) -> handler);
  }

  @Test
  void hearsOfTheGuardsEnd() {
    assertThat(open.end(Refusal.NOT_AUTHENTICATED, Runnable::run)).isTrue();
    listener.onComplete();

    assertThat(handler.events).containsExactly("cancel");
  }

  @Test
  void hearsThatTheGuardCancelledAlthoughGrpcIsFirstToTellThatTheCallIsClosed() {
    call.whenClosed = listener::onComplete;

    open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);

    assertThat(handler.events).containsExactly("cancel");
  }

  @Test
  void hearsOnceWhenThePeerCancelsJustAsTheGuardEnds() {
    handler.whenCancelled = () -> open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);

    listener.onCancel();

    assertThat(handler.events).containsExactly("cancel");
  }

  @Test
  void hearsWhenItReturnsThatItsCallWasEndedMeanwhile() {
    handler.whenMessage = () -> open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);

    listener.onMessage("first");
    listener.onMessage("second");

    assertThat(handler.events).containsExactly("first", "cancel");
  }

  @Test
  void leavesNoContextBehindWhenTheHandlerFailsAtTheEnd() {
    Context before = Context.current();
    handler.whenMessage = () -> open.end(Refusal.NOT_AUTHENTICATED, Runnable::run);
    handler.whenCancelled = () -> {
      throw new IllegalStateException("a handler's mistake");
    };

    assertThatThrownBy(() -> listener.onMessage("first")).hasMessage("a handler's mistake");

    assertThat(Context.current()).isSameAs(before);
  }

  @Test
  void hearsThatACallIsCompleteWhichNobodyEnded() {
    open.close(Status.OK, new Metadata());
    listener.onComplete();

    assertThat(open.end(Refusal.NOT_AUTHENTICATED, Runnable::run)).isFalse();
    assertThat(handler.events).containsExactly("complete");
  }

  private static final class Heard extends ServerCall.Listener<String> {
    private final List<String> events = new ArrayList<>();
    private Runnable whenMessage = () -> {};
    private Runnable whenCancelled = () -> {};

    @Override
    public void onMessage(String message) {
      events.add(message);
      whenMessage.run();
    }

    @Override
    public void onCancel() {
      events.add("cancel");
      whenCancelled.run();
    }

    @Override
    public void onComplete() {
      events.add("complete");
    }
  }
}
