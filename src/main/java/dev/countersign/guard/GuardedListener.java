package dev.countersign.guard;

import dev.countersign.identity.NotThisPeerException;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs a handler in the context that holds its peer's identity, and ends the call when the handler finds that the peer
 * speaks for somebody else; grpc-java would report that as an unknown error.
 *
 * <p>grpc-java calls a listener one event after the other, and nobody else can take a turn. When the guard ends the call
 * the handler hears of it in between all the same: at once if it is not running, else when it returns; and nothing
 * afterwards.
 */
final class GuardedListener<Q> extends Listener<Q> {
  private final Context context;
  private final OpenCall<Q, ?> call;
  private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.HANDLER);
  private Listener<Q> handler = new Listener<>() {};

  /** Whose turn it is. */
  private enum Turn {
    /** Nobody's. */
    FREE,
    /** The handler is running. */
    HANDLER,
    /** The handler is running and hears that the call has ended when it returns. */
    HANDLER_THEN_END,
    /** The call was ended by the guard. */
    ENDED
  }

  private GuardedListener(Context context, OpenCall<Q, ?> call) {
    this.context = context;
    this.call = call;
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
      if (started) {
        listener.yieldTurn();
      } else {
        call.leave();
      }
      listener.context.detach(previous);
    }
  }

  /** Tells the handler that the call is over, once. */
  void end(Executor executor) {
    while (!turn.compareAndSet(Turn.FREE, Turn.ENDED)) {
      if (turn.compareAndSet(Turn.HANDLER, Turn.HANDLER_THEN_END)) {
        return;
      }
    }
    executor.execute(context.wrap(handler::onCancel));
  }

  @Override
  public void onMessage(Q message) {
    run(() -> handler.onMessage(message));
  }

  @Override
  public void onHalfClose() {
    run(handler::onHalfClose);
  }

  @Override
  public void onReady() {
    run(handler::onReady);
  }

  @Override
  public void onCancel() {
    call.leave();
    run(handler::onCancel);
  }

  @Override
  public void onComplete() {
    call.leave();
    run(handler::onComplete);
  }

  private void run(Runnable event) {
    if (!turn.compareAndSet(Turn.FREE, Turn.HANDLER)) {
      return;
    }
    Context previous = context.attach();
    try {
      event.run();
    } catch (NotThisPeerException e) {
      call.close(e.getStatus(), new Metadata());
    } finally {
      yieldTurn();
      context.detach(previous);
    }
  }

  private void yieldTurn() {
    if (!turn.compareAndSet(Turn.HANDLER, Turn.FREE)) {
      turn.set(Turn.ENDED);
      handler.onCancel();
    }
  }
}
