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
  private static final int TWO_SECONDS = 10;
  private static final int TEN_SECONDS = 50;

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
  void saysOnceThatACallIsNotOverAfterTwoSeconds() {
    start(() -> {});
    end();

    look(TWO_SECONDS - 1);
    assertThat(unread).isEmpty();
    look(TEN_SECONDS);

    assertThat(unread).isEqualTo(List.of(open));
  }

  @Test
  void saysNothingOfACallThatIsOver() {
    start(() -> {});
    end();
    look(TWO_SECONDS - 1);

    listener.onComplete();
    look(TEN_SECONDS);

    assertThat(unread).isEmpty();
  }

  @Test
  void saysNothingOfACallThatItsPeerCancelledBeforeItWasEnded() {
    start(() -> {});
    listener.onCancel();
    end();

    look(TEN_SECONDS);

    assertThat(unread).isEmpty();
  }

  @Test
  void waitsLongerForAHandlerThatIsRunning() {
    start(() -> {
      end();
      look(TEN_SECONDS - 1);
      assertThat(unread).isEmpty();
    });

    listener.onMessage("which the handler is busy with for nearly ten seconds");
    listener.onComplete();
    look(TEN_SECONDS);

    assertThat(unread).isEmpty();
  }

  @Test
  void waitsNotForeverForAHandlerThatIsRunning() {
    start(() -> {
      end();
      look(TEN_SECONDS);
    });

    listener.onMessage("which the handler never finishes");

    assertThat(unread).isEqualTo(List.of(open));
  }

  @Test
  void saysNothingOfACallWhoseHandlerCouldNotStart() {
    assertThatThrownBy(
            () -> GuardedListener.start(listener, open, new Metadata(), (started, headers) -> {
              end();
              throw new IllegalStateException("a handler's mistake");
            }))
        .hasMessage("a handler's mistake");

    look(TEN_SECONDS);

    assertThat(unread).isEmpty();
  }
}
