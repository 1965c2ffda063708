package dev.countersign.credentials;

import dev.countersign.credentials.ConnectionEvents.ShedException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutorGroup;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The machine's handshaker as our connections see it: calls that end in time, threads that may wait for it, places for
 * the peers, and a watch on it. grpc-java would wait up to 20 s on the threads that carry everybody's traffic.
 */
final class Handshaker implements AutoCloseable {
  /** A handshake takes milliseconds, the first one half a second. */
  private static final long CALL_SECONDS = 2;

  private static final long QUIET_SECONDS = 2;
  private static final Duration BETWEEN_FAILURES = Duration.ofMillis(10);
  private static final int MIN_THREADS = 8;
  private static final int MAX_HANDSHAKES = 1024;
  private static final int MAX_HANDSHAKES_PER_SOURCE = 128;

  private final HandshakerChannel connection;
  private final HandshakerWatch watch;
  private final Channel calls;
  private final HandshakeSlots slots =
      new HandshakeSlots(MAX_HANDSHAKES, MAX_HANDSHAKES_PER_SOURCE);
  private final Stagger failures = new Stagger(BETWEEN_FAILURES);
  private final EventExecutorGroup threads = new DefaultEventExecutorGroup(
      Math.max(MIN_THREADS, 2 * Runtime.getRuntime().availableProcessors()),
      new DefaultThreadFactory("countersign-alts-handshake", true));

  Handshaker(String address) {
    this.connection = HandshakerChannel.to(address);
    this.watch = new HandshakerWatch(address, connection.channel());
    this.calls = ClientInterceptors.intercept(connection.channel(), new Limit());
  }

  /** For the calls of handshakes; they fail at once while the handshaker does not answer. */
  Channel calls() {
    return calls;
  }

  /** A thread that may wait for the handshaker. */
  EventExecutor thread() {
    return threads.next();
  }

  /** What stands against new handshakes; null if nothing does. */
  @Nullable
  String obstacle() {
    return watch.obstacle();
  }

  /** A place for a handshake that a peer has begun. */
  HandshakeSlots.Slot admit(SocketAddress remote) throws ShedException {
    String down = obstacle();
    if (down != null) {
      throw new ShedException(ShedException.Reason.HANDSHAKER_DOWN, down);
    }
    return slots.take(remote);
  }

  @Override
  public void close() {
    watch.close();
    connection.close();
    failures.close();
    // Connections that were closed a moment ago still take their handlers down.
    threads.shutdownGracefully(QUIET_SECONDS, CALL_SECONDS, TimeUnit.SECONDS);
  }

  /** Ends a handshake's call in time, whatever deadline grpc-java asks for. */
  private final class Limit implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      String down = obstacle();
      if (down != null) {
        throw Status.UNAVAILABLE.withDescription(down).asRuntimeException();
      }
      return new Staggered<>(
          next.newCall(method, options.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)));
    }
  }

  /** A call whose failure wakes the thread that waits for it when its turn has come. */
  private final class Staggered<Q, R> extends SimpleForwardingClientCall<Q, R> {
    Staggered(ClientCall<Q, R> call) {
      super(call);
    }

    @Override
    public void start(Listener<R> waiting, Metadata headers) {
      super.start(
          new SimpleForwardingClientCallListener<>(waiting) {
            @Override
            public void onClose(Status status, Metadata trailers) {
              if (status.isOk()) {
                super.onClose(status, trailers);
              } else {
                failures.run(() -> super.onClose(status, trailers));
              }
            }
          },
          headers);
    }
  }
}
