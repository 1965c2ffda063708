package dev.countersign.guard;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A call that was let through, for as long as it is open. A {@link ServerCall} is not safe for several threads; this is
 * where its handler, which writes, and the guard, which may end it, meet. After the guard has ended it the handler's
 * writes go nowhere and its listener hears that the call was cancelled.
 */
final class OpenCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
  private final GuardedConnection connection;
  private final MetadataHeaders headers;
  private volatile boolean ended;
  private volatile boolean over;
  private boolean closed;
  private @Nullable GuardedListener<Q> listener;

  // Its place among the open calls of its connection, which guards them.
  @Nullable
  OpenCall<?, ?> previous;

  @Nullable
  OpenCall<?, ?> next;

  boolean entered;

  /**
   * A call.
   *
   * @param headers as they came; handlers may change the metadata they are given
   */
  OpenCall(ServerCall<Q, R> call, GuardedConnection connection, MetadataHeaders headers) {
    super(call);
    this.connection = connection;
    this.headers = headers;
  }

  GuardedConnection connection() {
    return connection;
  }

  String method() {
    return getMethodDescriptor().getFullMethodName();
  }

  MetadataHeaders headers() {
    return headers;
  }

  /** Enters the call among the open ones of its connection; the listener hears it if the guard ends it. */
  void enter(GuardedListener<Q> heard) {
    synchronized (this) {
      listener = heard;
    }
    connection.calls().enter(this);
  }

  /** Notes that nothing more will come of the call. */
  void finished() {
    connection.calls().leave(this);
    // Who ends it takes it out afterwards: either this sees the end, or that sees that it is out.
    if (ended) {
      over = true;
    }
  }

  /**
   * Lets nothing more of the handler through, which has failed: grpc-java ends the call then, and headers after that end would
   * break off the connection.
   */
  synchronized void failed() {
    if (!closed) {
      ended = true;
    }
  }

  /** Whether the guard has ended it, or its handler has failed. */
  boolean isEnded() {
    return ended;
  }

  /** Whether nothing more will come of a call that the guard has ended. */
  boolean isOver() {
    return over;
  }

  /** Whether the handler of a call that the guard has ended has not returned since. */
  synchronized boolean isRunning() {
    return listener != null && listener.isRunning();
  }

  /**
   * Ends the call, unless it has ended; on any thread.
   *
   * @param executor tells the handler
   * @return whether it was still open
   */
  boolean end(Status status, Executor executor) {
    GuardedListener<Q> hearing;
    synchronized (this) {
      if (closed || ended) {
        return false;
      }
      ended = true;
      super.close(status, new Metadata());
      hearing = listener;
    }
    if (!connection.calls().leave(this)) {
      over = true;
    }
    if (hearing != null) {
      hearing.end(executor);
    }
    return true;
  }

  @Override
  public synchronized void sendHeaders(Metadata responseHeaders) {
    if (!ended) {
      super.sendHeaders(responseHeaders);
    }
  }

  @Override
  public synchronized void sendMessage(R message) {
    if (!ended) {
      super.sendMessage(message);
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    synchronized (this) {
      if (ended) {
        return;
      }
      closed = true;
      super.close(status, trailers);
    }
    connection.calls().leave(this);
  }

  @Override
  public boolean isReady() {
    return !ended && super.isReady();
  }

  @Override
  public boolean isCancelled() {
    return ended || super.isCancelled();
  }
}
