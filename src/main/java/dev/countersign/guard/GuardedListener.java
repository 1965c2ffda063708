package dev.countersign.guard;

import dev.countersign.identity.NotThisPeerException;
import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;

/**
 * Runs a handler in the context that holds its peer's identity, and ends the call when the handler finds that the peer
 * speaks for somebody else; grpc-java would report that as an unknown error.
 */
final class GuardedListener<Q> extends SimpleForwardingServerCallListener<Q> {
  private final Context context;
  private final ServerCall<Q, ?> call;

  private GuardedListener(Context context, ServerCall<Q, ?> call, Listener<Q> handler) {
    super(handler);
    this.context = context;
    this.call = call;
  }

  static <Q, R> Listener<Q> start(
      Context context, ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Context previous = context.attach();
    try {
      return new GuardedListener<>(context, call, next.startCall(call, headers));
    } catch (NotThisPeerException e) {
      call.close(e.getStatus(), new Metadata());
      return new Listener<>() {};
    } finally {
      context.detach(previous);
    }
  }

  @Override
  public void onMessage(Q message) {
    run(() -> super.onMessage(message));
  }

  @Override
  public void onHalfClose() {
    run(super::onHalfClose);
  }

  @Override
  public void onReady() {
    run(super::onReady);
  }

  @Override
  public void onCancel() {
    run(super::onCancel);
  }

  @Override
  public void onComplete() {
    run(super::onComplete);
  }

  private void run(Runnable event) {
    Context previous = context.attach();
    try {
      event.run();
    } catch (NotThisPeerException e) {
      call.close(e.getStatus(), new Metadata());
    } finally {
      context.detach(previous);
    }
  }
}
