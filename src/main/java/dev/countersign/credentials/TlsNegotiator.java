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
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
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

  /** First in the pipeline for the connection's whole life. */
  private final class Doorkeeper extends ChannelInboundHandlerAdapter {
    private final ChannelHandler handshake;
    private final GrpcHttp2ConnectionHandler http2;
    private @Nullable NettyConnection connection;
    private HandshakeSlots.@Nullable Slot slot;
    private boolean admitted;
    private boolean asked;
    private boolean negotiated;
    private boolean watched;

    Doorkeeper(ChannelHandler handshake, GrpcHttp2ConnectionHandler http2) {
      this.handshake = handshake;
      this.http2 = http2;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      NettyConnection accepted = NettyConnection.of(ctx.channel(), trust);
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
      ctx.pipeline().addAfter(ctx.name(), null, handshake);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
      if (negotiated || connection == null) {
        super.channelRead(ctx, message);
        return;
      }
      if (!watched) {
        watchFrames(ctx, connection);
        watched = true;
      }
      long before = PeerTrustManager.askedOnThisThread();
      super.channelRead(ctx, message);
      asked |= PeerTrustManager.askedOnThisThread() != before;
      // grpc-java adds its own handler to the pipeline when the handshake has succeeded.
      if (ctx.pipeline().get(GrpcHttp2ConnectionHandler.class) != null) {
        negotiated = true;
        leaveSlot();
        events.handshakeSucceeded(connection, !asked);
      }
    }

    /** By the first byte grpc-java has put TLS into the pipeline, and HTTP/2 will always stand behind both. */
    private void watchFrames(ChannelHandlerContext ctx, Connection accepted) {
      ChannelHandlerContext tlsHandler = ctx.pipeline().context(SslHandler.class);
      ctx.pipeline().addAfter(tlsHandler.name(), null, new TlsFrameWatch(accepted));
    }

    /** The last that happens to a channel, after its handshake has heard of the end. */
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
    private final Connection connection;
    private boolean told;

    Outcome(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // grpc-java adds its own handler to the pipeline when the handshake has succeeded. A failure
      // may be told by the TLS handler and by grpc-java's.
      if (!told && ctx.pipeline().get(GrpcHttp2ConnectionHandler.class) == null) {
        told = true;
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
      if (errorCode != Http2Error.NO_ERROR.code()) {
        Http2Error error = Http2Error.valueOf(errorCode);
        events.aborted(
            connection,
            error == null ? Long.toString(errorCode) : error.name(),
            debugData.toString(StandardCharsets.UTF_8));
        // A peer that does not read would hold it, and so would calls that are open.
        connection.channel().eventLoop().execute(connection::close);
      }
    }
  }

  /** A channel as others see it; the address is kept, because a closed channel may have forgotten it. */
  private record NettyConnection(Channel channel, SocketAddress remoteAddress, TrustSource trust)
      implements Connection {
    private static final SocketAddress UNKNOWN = InetSocketAddress.createUnresolved("unknown", 0);

    static NettyConnection of(Channel channel, TrustSource trust) {
      return new NettyConnection(
          channel, Objects.requireNonNullElse(channel.remoteAddress(), UNKNOWN), trust);
    }

    @Override
    public String transport() {
      return "mtls";
    }

    @Override
    public void close() {
      // grpc-java says goodbye and then waits for open streams without end: a peer that does not
      // read what it is sent could stay. The first context passes by whoever waits.
      channel.close();
      channel.eventLoop().schedule(this::closeNow, CLOSE_GRACE_SECONDS, TimeUnit.SECONDS);
    }

    private void closeNow() {
      ChannelHandlerContext first = channel.pipeline().firstContext();
      if (first != null) {
        first.close();
      }
    }
  }
}
