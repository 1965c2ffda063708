package dev.countersign.guard;

import dev.countersign.identity.NotThisPeerException;
import dev.countersign.text.Quoted;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a handler in the context that holds its peer's identity, and ends the call when the handler finds that the peer
 * speaks for somebody else; grpc-java would report that as an unknown error.
 *
 * <p>grpc-java calls a listener one event after the other, and nobody else can take a turn. When the guard ends the call
 * the handler hears of it in between all the same: at once if it is not running, else when it returns; and nothing
 * afterwards.
 */
final class GuardedListener<Q> extends Listener<Q> {
  /** The field {@code turn}: an atomic reference would be one more object for each call. */
  private static final VarHandle TURN = turnField();

  private static final Logger LOG = LoggerFactory.getLogger(GuardedListener.class);

  private final Context context;
  private final OpenCall<Q, ?> call;

  @SuppressWarnings("UnusedVariable") // read and set through TURN
  private volatile Turn turn = Turn.HANDLER;

  private @Nullable Listener<Q> handler;

  /** What grpc-java tells a listener. */
  private enum Event {
    MESSAGE,
    HALF_CLOSE,
    READY,
    CANCEL,
    COMPLETE
  }

  /** Whose turn it is. */
  private enum Turn {
    /** Nobody's. */
    FREE,
    /** The handler is running. */
    HANDLER,
    /** The handler is running and hears that the call has ended when it returns. */
    HANDLER_THEN_END,
    /** Nobody's any more: the handler hears of the end, or has heard. */
    ENDED
  }

  private GuardedListener(Context context, OpenCall<Q, ?> call) {
    this.context = context;
    this.call = call;
  }

  private static VarHandle turnField() {
    try {
      return MethodHandles.lookup().findVarHandle(GuardedListener.class, "turn", Turn.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Makes the listener of a call that has not started. */
  static <Q> GuardedListener<Q> of(Context context, OpenCall<Q, ?> call) {
    return new GuardedListener<>(context, call);
  }

  /** Starts the handler. */
  static <Q, R> Listener<Q> start(
      GuardedListener<Q> listener,
      OpenCall<Q, R> call,
      Metadata headers,
      ServerCallHandler<Q, R> next) {
    Context previous = listener.context.attach();
    boolean started = false;
    try {
      listener.handler = next.startCall(call, headers);
      started = true;
      return listener;
    } catch (NotThisPeerException e) {
      call.close(e.getStatus(), new Metadata());
      return new Listener<>() {};
    } finally {
      try {
        if (started) {
          listener.yieldTurn();
        } else {
          call.failed();
          call.finished();
        }
      } finally {
        listener.context.detach(previous);
      }
    }
  }

  /** Tells the handler that the guard has ended the call, unless it has heard of an end. */
  void end(Executor executor) {
    while (!TURN.compareAndSet(this, Turn.FREE, Turn.ENDED)) {
      if (TURN.compareAndSet(this, Turn.HANDLER, Turn.HANDLER_THEN_END) || turn == Turn.ENDED) {
        return;
      }
    }
    executor.execute(context.wrap(handler()::onCancel));
  }

  /** Whether the handler is running, and hears of the end only when it returns. */
  boolean isRunning() {
    return turn == Turn.HANDLER_THEN_END;
  }

  /** A message, or null for one that could not be read. */
  @Override
  public void onMessage(@Nullable Q message) {
    if (message == null) {
      refuse(UnreadableMessages.why());
    } else {
      run(Event.MESSAGE, message);
    }
  }

  private void refuse(Status why) {
    Throwable cause = why.getCause();
    LOG.warn(
        "ended {} of {}: {}: {}",
        call.method(),
        call.connection(),
        why.getDescription(),
        Quoted.of(cause == null ? "" : String.valueOf(cause.getMessage())));
    call.end(why, Runnable::run);
  }

  @Override
  public void onHalfClose() {
    run(Event.HALF_CLOSE, null);
  }

  @Override
  public void onReady() {
    run(Event.READY, null);
  }

  @Override
  public void onCancel() {
    call.finished();
    finish(Event.CANCEL);
  }

  /** For a call that the guard has ended grpc-java's word may come before the guard's. */
  @Override
  public void onComplete() {
    call.finished();
    finish(call.isCancelled() ? Event.CANCEL : Event.COMPLETE);
  }

  /** A switch and not a lambda for each event: this runs four times a call. */
  private void tell(Event event, @Nullable Q message) {
    switch (event) {
      case MESSAGE -> handler().onMessage(Objects.requireNonNull(message));
      case HALF_CLOSE -> handler().onHalfClose();
      case READY -> handler().onReady();
      case CANCEL -> handler().onCancel();
      case COMPLETE -> handler().onComplete();
    }
  }

  private Listener<Q> handler() {
    return Objects.requireNonNull(handler);
  }

  private void run(Event event, @Nullable Q message) {
    // After an end or a failure it hears of nothing but that.
    if (call.isEnded() || !TURN.compareAndSet(this, Turn.FREE, Turn.HANDLER)) {
      return;
    }
    Context previous = context.attach();
    try {
      tell(event, message);
    } catch (NotThisPeerException e) {
      call.close(e.getStatus(), new Metadata());
    } catch (RuntimeException | Error e) {
      call.failed();
      throw e;
    } finally {
      try {
        yieldTurn();
      } finally {
        context.detach(previous);
      }
    }
  }

  private void finish(Event event) {
    if (!TURN.compareAndSet(this, Turn.FREE, Turn.ENDED)) {
      return;
    }
    Context previous = context.attach();
    try {
      tell(event, null);
    } finally {
      context.detach(previous);
    }
  }

  private void yieldTurn() {
    if (!TURN.compareAndSet(this, Turn.HANDLER, Turn.FREE)) {
      try {
        handler().onCancel();
      } finally {
        turn = Turn.ENDED;
      }
    }
  }
}
