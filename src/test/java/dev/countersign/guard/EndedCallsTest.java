package dev.countersign.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An ended call is waited for until grpc-java says that it is over; only one that never is counts as unread. */
class EndedCallsTest {
  private static final int FIVE_SECONDS = 25;
  private static final int LONG = 500;

  private final EndedCalls ended = new EndedCalls();
  private final List<OpenCall<?, ?>> unread = new ArrayList<>();
  private OpenCall<String, String> open;
  private GuardedListener<String> listener;

  @BeforeEach
  void opens() throws Exception {
    open = new OpenCall<>(
        new FakeCall(), new FakeConnection().guarded(), MetadataHeaders.of(new Metadata()));
    listener = GuardedListener.of(Context.current(), open);
    open.enter(listener);
  }

  private void start(Runnable whenMessage) {
    GuardedListener.start(
        listener, open, new Metadata(), (started, headers) -> new ServerCall.Listener<>() {
          @Override
          public void onMessage(String message) {
            whenMessage.run();
          }
        });
  }

  private void end() {
    assertThat(open.end(Refusal.NOT_AUTHORIZED, Runnable::run)).isTrue();
    ended.add(open);
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      ended.look(unread::add);
    }
  }

  @Test
  void saysOnceThatACallIsNotOverAfterFiveSeconds() {
    start(() -> {});
    end();

    look(FIVE_SECONDS - 1);
    assertThat(unread).isEmpty();
    look(LONG);

    assertThat(unread).isEqualTo(List.of(open));
  }

  @Test
  void saysNothingOfACallThatIsOver() {
    start(() -> {});
    end();
    look(FIVE_SECONDS - 1);

    listener.onComplete();
    look(LONG);

    assertThat(unread).isEmpty();
  }

  @Test
  void saysNothingOfACallThatItsPeerCancelledBeforeItWasEnded() {
    start(() -> {});
    listener.onCancel();
    end();

    look(LONG);

    assertThat(unread).isEmpty();
  }

  @Test
  void waitsForAHandlerThatIsRunningAsLongAsItRuns() {
    start(() -> {
      end();
      look(LONG);
    });

    listener.onMessage("which the handler is busy with");
    assertThat(unread).isEmpty();
    look(FIVE_SECONDS - 1);
    assertThat(unread).isEmpty();
    look(1);

    assertThat(unread).isEqualTo(List.of(open));
  }

  @Test
  void waitsForWhatAHandlerDoesWhenItHearsOfTheEnd() {
    GuardedListener.start(
        listener, open, new Metadata(), (started, headers) -> new ServerCall.Listener<>() {
          @Override
          public void onMessage(String message) {
            end();
          }

          @Override
          public void onCancel() {
            look(LONG);
          }
        });

    listener.onMessage("after which it is told");

    assertThat(unread).isEmpty();
  }

  @Test
  void saysNothingOfACallWhoseHandlerCouldNotStart() {
    assertThatThrownBy(
            () -> GuardedListener.start(listener, open, new Metadata(), (started, headers) -> {
              end();
              throw new IllegalStateException("a handler's mistake");
            }))
        .hasMessage("a handler's mistake");

    look(LONG);

    assertThat(unread).isEmpty();
  }
}
