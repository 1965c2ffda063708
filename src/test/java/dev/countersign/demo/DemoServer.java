package dev.countersign.demo;

import com.google.protobuf.MessageLite;
import dev.countersign.identity.PeerIdentity;
import dev.countersign.identity.Principal;
import dev.countersign.identity.Proof;
import dev.countersign.identity.ServiceAccount;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A real server on a loopback port that believes a header about who calls, and that is watched from inside. */
final class DemoServer implements AutoCloseable {
  /** How a call ended as the server's transport saw it. */
  enum End {
    ANSWERED,
    CANCELLED
  }

  private static final Metadata.Key<String> PEER =
      Metadata.Key.of("test-peer", Metadata.ASCII_STRING_MARSHALLER);
  private static final long PATIENCE_SECONDS = 30;

  final BlockingQueue<ServerCall<?, ?>> calls = new LinkedBlockingQueue<>();
  final BlockingQueue<End> ends = new LinkedBlockingQueue<>();

  /** Opened when a handler was told to wait with more, or a call was over without that. */
  final CountDownLatch heldBackOrOver = new CountDownLatch(1);

  final AtomicLong bytesTaken = new AtomicLong();
  private final AtomicLong bytesSent = new AtomicLong();
  private final AtomicLong mostBytesWaiting = new AtomicLong();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Server server;

  DemoServer(BindableService service) throws IOException {
    server = NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            InsecureServerCredentials.create())
        .addService(service)
        .intercept(new Believe())
        .intercept(new Watch())
        .build()
        .start();
  }

  /** A channel whose calls come from the given peer, or from nobody. */
  ManagedChannel channel(@Nullable String peer) {
    Metadata headers = new Metadata();
    if (peer != null) {
      headers.put(PEER, peer);
    }
    ManagedChannel channel = Grpc.newChannelBuilder(
            "127.0.0.1:" + server.getPort(), InsecureChannelCredentials.create())
        .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
        .build();
    channels.add(channel);
    return channel;
  }

  @Nullable
  End nextEnd() throws InterruptedException {
    return ends.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  boolean isHeldBackOrOver() throws InterruptedException {
    return heldBackOrOver.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  long bytesSent() {
    return bytesSent.get();
  }

  /** The most that was sent by handlers and not yet taken by the test's client, at any moment. */
  long mostBytesWaiting() {
    return mostBytesWaiting.get();
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.shutdownNow();
  }

  /** What a guard does for real: an identity in the context of the call. */
  private static final class Believe implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String peer = headers.get(PEER);
      if (peer == null) {
        return next.startCall(call, headers);
      }
      PeerIdentity identity = identity(Principal.parse(peer));
      return Contexts.interceptCall(identity.in(Context.current()), call, headers, next);
    }
  }

  private static PeerIdentity identity(Principal principal) {
    return principal instanceof ServiceAccount
        ? new PeerIdentity(PeerIdentity.Mechanism.ALTS, List.of(principal), new Proof.Alts(""))
        : new PeerIdentity(
            PeerIdentity.Mechanism.MUTUAL_TLS,
            List.of(principal),
            new Proof.Certificate("5f3a", "00", "CN=test", Instant.EPOCH, Instant.MAX));
  }

  private final class Watch implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      calls.add(call);
      return new WatchedListener<>(next.startCall(new WatchedCall<>(call), headers));
    }
  }

  private final class WatchedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
    WatchedCall(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public boolean isReady() {
      boolean ready = super.isReady();
      if (!ready) {
        heldBackOrOver.countDown();
      }
      return ready;
    }

    @Override
    public void sendMessage(R message) {
      long sent = bytesSent.addAndGet(((MessageLite) message).getSerializedSize());
      mostBytesWaiting.accumulateAndGet(sent - bytesTaken.get(), Math::max);
      super.sendMessage(message);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      heldBackOrOver.countDown();
      super.close(status, trailers);
    }
  }

  private final class WatchedListener<Q> extends SimpleForwardingServerCallListener<Q> {
    WatchedListener(ServerCall.Listener<Q> listener) {
      super(listener);
    }

    @Override
    public void onCancel() {
      super.onCancel();
      ends.add(End.CANCELLED);
    }

    @Override
    public void onComplete() {
      super.onComplete();
      ends.add(End.ANSWERED);
    }
  }
}
