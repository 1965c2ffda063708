package dev.countersign.credentials;

import dev.countersign.credentials.ConnectionEvents.ShedException;
import dev.countersign.identity.Principal;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyChannelCredentials;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.NettySslContextChannelCredentials;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands before and behind grpc-java's TLS handshake: on the server it admits a connection, puts it into the
 * transport's attributes, tells how the handshake ended and whether we broke the connection off afterwards; on the
 * client it puts a {@link ServerWatch} before the handshake. grpc-java has no public way to see a connection before its first call or
 * to end one from outside, hence the internal types; this is the only class that uses them.
 */
final class TlsNegotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
  private static final long CLOSE_GRACE_SECONDS = 2;

  // A handshake occupies nobody while its peer is silent, and many clients may share an address.
  private static final int MAX_HANDSHAKES = 4096;
  private static final int MAX_HANDSHAKES_PER_SOURCE = 512;

  private final HandshakeSlots slots =
      new HandshakeSlots(MAX_HANDSHAKES, MAX_HANDSHAKES_PER_SOURCE);
  private final InternalProtocolNegotiator.ProtocolNegotiator tls;
  private final TrustSource trust;
  private final ConnectionEvents events;

  private TlsNegotiator(SslContext context, TrustSource trust, ConnectionEvents events) {
    this.tls = InternalProtocolNegotiators.serverTls(context);
    this.trust = trust;
    this.events = events;
  }

  static ServerCredentials credentials(
      SslContext context, TrustSource trust, ConnectionEvents events) {
    TlsLingeringClose.load();
    return InternalNettyServerCredentials.create(new TlsNegotiator(context, trust, events));
  }

  /** Credentials for a channel that goes on asking about its server. */
  static ChannelCredentials channelCredentials(
      SslContext context, TrustSource trust, Set<Principal> expected) {
    InternalProtocolNegotiator.ClientFactory tls = InternalNettyChannelCredentials.toNegotiator(
        NettySslContextChannelCredentials.create(context));
    return InternalNettyChannelCredentials.create(new InternalProtocolNegotiator.ClientFactory() {
      @Override
      public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator() {
        return new Caller(tls.newNegotiator(), trust, expected);
      }

      @Override
      public int getDefaultPort() {
        return tls.getDefaultPort();
      }
    });
  }

  @Override
  public AsciiString scheme() {
    return tls.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpcHandler) {
    return new Doorkeeper(tls.newHandler(grpcHandler), grpcHandler);
  }

  @Override
  public void close() {
    tls.close();
  }

  /** The client's side. */
  private record Caller(
      InternalProtocolNegotiator.ProtocolNegotiator tls, TrustSource trust, Set<Principal> expected)
      implements InternalProtocolNegotiator.ProtocolNegotiator {
    @Override
    public AsciiString scheme() {
      return tls.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpcHandler) {
      return new ServerWatch(tls.newHandler(grpcHandler), trust, expected);
    }

    @Override
    public void close() {
      tls.close();
    }
  }

  /** First in the pipeline until the handshake has succeeded, or the connection has ended. */
  private final class Doorkeeper extends ChannelInboundHandlerAdapter {
    private @Nullable ChannelHandler handshake;
    private final GrpcHttp2ConnectionHandler http2;
    private @Nullable NettyConnection connection;
    private HandshakeSlots.@Nullable Slot slot;
    private boolean admitted;
    private boolean asked;
    private @Nullable TlsFrameWatch watch;

    Doorkeeper(ChannelHandler handshake, GrpcHttp2ConnectionHandler http2) {
      this.handshake = handshake;
      this.http2 = http2;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      NettyConnection accepted = new NettyConnection(ctx.channel(), trust);
      connection = accepted;
      admitted = events.admit(accepted);
      if (!admitted) {
        ctx.close();
        return;
      }
      try {
        slot = slots.take(accepted.remoteAddress());
      } catch (ShedException e) {
        events.handshakeFailed(accepted, e);
        ctx.close();
        return;
      }
      http2.connection().addListener(new AbortWatch(accepted));
      ctx.pipeline().addAfter(ctx.name(), null, new Outcome(accepted));
      ctx.pipeline().addAfter(ctx.name(), null, Objects.requireNonNull(handshake));
      // It holds all that the handshake needed, and this stays.
      handshake = null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
      if (connection == null) {
        super.channelRead(ctx, message);
        return;
      }
      TlsFrameWatch frames = watch;
      if (frames == null) {
        frames = watchFrames(ctx, connection);
        watch = frames;
      }
      long before = PeerTrustManager.askedOnThisThread();
      super.channelRead(ctx, message);
      asked |= PeerTrustManager.askedOnThisThread() != before;
      // grpc-java adds its own handler to the pipeline when the handshake has succeeded.
      if (ctx.pipeline().get(GrpcHttp2ConnectionHandler.class) != null) {
        if (ctx.pipeline().get(Outcome.class) != null) {
          ctx.pipeline().remove(Outcome.class);
        }
        events.handshakeSucceeded(connection, !asked);
        leave(ctx, frames);
      }
    }

    /** Somebody else stays anyway, and each place in a pipeline weighs a hundred bytes. */
    private void leave(ChannelHandlerContext ctx, TlsFrameWatch stays) {
      // Unless the connection ended meanwhile: then this has left already.
      if (admitted && !ctx.isRemoved()) {
        admitted = false;
        stays.tellWhenClosed(events);
        ctx.pipeline().remove(this);
      }
    }

    /** By the first byte grpc-java has put TLS into the pipeline, and HTTP/2 will always stand behind both. */
    private TlsFrameWatch watchFrames(ChannelHandlerContext ctx, Connection accepted) {
      ChannelHandlerContext tlsHandler = ctx.pipeline().context(SslHandler.class);
      TlsFrameWatch frames = new TlsFrameWatch(accepted);
      ctx.pipeline().addAfter(tlsHandler.name(), null, frames);
      SslHandler handler = (SslHandler) tlsHandler.handler();
      if (!(handler.engine() instanceof ReferenceCountedOpenSslEngine)) {
        ctx.pipeline().addBefore(tlsHandler.name(), null, new TlsRecordWatch(handler, frames));
      }
      return frames;
    }

    /** The handshake is over, though the connection may linger. */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
      leaveSlot();
      super.channelInactive(ctx);
    }

    /** Of a failed handshake the last that happens to a channel, after it has heard of the end. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      leaveSlot();
      if (admitted && connection != null) {
        admitted = false;
        events.closed(connection);
      }
    }

    private void leaveSlot() {
      if (slot != null) {
        slot.release();
        slot = null;
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
      if (event instanceof ProtocolNegotiationEvent negotiation && connection != null) {
        // grpc-java starts the negotiation with this event and builds the transport's attributes on
        // those it holds.
        super.userEventTriggered(
            ctx,
            InternalProtocolNegotiationEvent.withAttributes(
                negotiation,
                InternalProtocolNegotiationEvent.getAttributes(negotiation).toBuilder()
                    .set(Connection.KEY, connection)
                    .build()));
      } else {
        super.userEventTriggered(ctx, event);
      }
    }
  }

  /** Behind the handshake: sees it fail. */
  private final class Outcome extends ChannelInboundHandlerAdapter {
    private final NettyConnection connection;
    private boolean told;

    Outcome(NettyConnection connection) {
      this.connection = connection;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // grpc-java adds its own handler to the pipeline when the handshake has succeeded. A failure
      // may be told by the TLS handler and by grpc-java's.
      if (!told && ctx.pipeline().get(GrpcHttp2ConnectionHandler.class) == null) {
        told = true;
        connection.prepareEnd();
        events.handshakeFailed(connection, cause);
      }
      ctx.fireExceptionCaught(cause);
    }
  }

  /** Hears of the GOAWAY frames that we send; those without an error are an orderly end. */
  private final class AbortWatch extends Http2ConnectionAdapter {
    private final NettyConnection connection;

    AbortWatch(NettyConnection connection) {
      this.connection = connection;
    }

    @Override
    public void onGoAwaySent(int lastStreamId, long errorCode, ByteBuf debugData) {
      if (errorCode == Http2Error.NO_ERROR.code()) {
        return;
      }
      connection.prepareEnd();
      if (!connection.isLost()) {
        Http2Error error = Http2Error.valueOf(errorCode);
        events.aborted(
            connection,
            error == null ? Long.toString(errorCode) : error.name(),
            debugData.toString(StandardCharsets.UTF_8));
        connection.tellBrokenOff();
      }
      // A peer that does not read would hold it, and so would calls that are open.
      connection.closeSoon();
    }
  }

  /** A channel as others see it. */
  private static final class NettyConnection extends AcceptedConnection {
    private final Channel channel;
    private final TrustSource trust;

    NettyConnection(Channel channel, TrustSource trust) {
      super(channel.remoteAddress());
      this.channel = channel;
      this.trust = trust;
    }

    @Override
    public TrustSource trust() {
      return trust;
    }

    @Override
    public String transport() {
      return "mtls";
    }

    @Override
    public void close() {
      if (channel.eventLoop().inEventLoop()) {
        closeHere();
      } else {
        channel.eventLoop().execute(this::closeHere);
      }
    }

    private void closeHere() {
      prepareEnd();
      // grpc-java says goodbye and then waits for open streams without end: a peer that does not
      // read what it is sent could stay. The first context passes by whoever waits.
      channel.close();
      channel.eventLoop().schedule(this::closeNow, CLOSE_GRACE_SECONDS, TimeUnit.SECONDS);
    }

    /** To be called on the event loop, before it is closed: the peer shall hear why. */
    void prepareEnd() {
      TlsLingeringClose.prepare(channel);
    }

    @Override
    public void breakOff(String verdict) {
      channel.eventLoop().execute(() -> {
        TlsFrameWatch watch = channel.pipeline().get(TlsFrameWatch.class);
        if (watch != null) {
          watch.breakOff(verdict);
        }
      });
    }

    @Override
    public void holdBack(Duration howLong) {
      TlsFrameWatch watch = channel.pipeline().get(TlsFrameWatch.class);
      if (watch != null) {
        watch.holdBack(howLong);
      }
    }

    /** Whether it broke below HTTP/2, and not by what its peer did there. */
    boolean isLost() {
      TlsFrameWatch watch = channel.pipeline().get(TlsFrameWatch.class);
      return watch != null && watch.isLost();
    }

    /** Ends it when what goes on has been written. */
    void closeSoon() {
      channel.eventLoop().execute(this::close);
    }

    private void closeNow() {
      ChannelHandlerContext first = channel.pipeline().firstContext();
      if (first != null) {
        first.close();
      }
    }
  }
}
