package dev.countersign.credentials;

import com.google.common.collect.ImmutableList;
import dev.countersign.credentials.ConnectionEvents.ShedException;
import dev.countersign.identity.ServiceAccount;
import dev.countersign.text.Quoted;
import io.grpc.ChannelCredentials;
import io.grpc.ChannelLogger;
import io.grpc.SecurityLevel;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.alts.internal.AltsClientOptions;
import io.grpc.alts.internal.AltsHandshakerOptions;
import io.grpc.alts.internal.AltsInternalContext;
import io.grpc.alts.internal.AltsTsiHandshaker;
import io.grpc.alts.internal.HandshakerServiceGrpc;
import io.grpc.alts.internal.NettyTsiHandshaker;
import io.grpc.alts.internal.RpcProtocolVersions;
import io.grpc.alts.internal.RpcProtocolVersionsUtil;
import io.grpc.alts.internal.TsiHandshakeHandler;
import io.grpc.alts.internal.TsiHandshaker;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.shaded.io.grpc.netty.ProtocolNegotiationEvent;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs grpc-java's own ALTS handshake where we want it: on a thread of the {@link Handshaker} instead of the event loop,
 * admitted first, over calls that end in time, and with our check of the peer inside it. The public credentials leave
 * none of this open, hence the internal types; this is the only class that uses them.
 */
final class AltsNegotiation {
  private static final Logger LOG = LoggerFactory.getLogger(AltsNegotiation.class);
  private static final AsciiString SCHEME = AsciiString.of("https");
  private static final int HTTPS_PORT = 443;

  private final Handshaker handshaker;

  AltsNegotiation(Handshaker handshaker) {
    this.handshaker = handshaker;
  }

  ServerCredentials serverCredentials(ConnectionEvents events) {
    AltsLingeringClose.load();
    return InternalNettyServerCredentials.create(new Negotiator() {
      @Override
      public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpcHandler) {
        TsiHandshaker ours = AltsTsiHandshaker.newServer(
            HandshakerServiceGrpc.newStub(handshaker.calls()),
            new AltsHandshakerOptions(RpcProtocolVersionsUtil.getRpcProtocolVersions()),
            grpcHandler.getNegotiationLogger());
        Success success = new Success(new AltsFrameWatch(http2(grpcHandler)));
        Handshake handshake = new Handshake(ours, success, grpcHandler, Set.of());
        return new Doorkeeper(events, grpcHandler, handshake, success);
      }
    });
  }

  /** Credentials that accept only these accounts, at least one; the handshaker is told, and we compare ourselves. */
  ChannelCredentials channelCredentials(Set<ServiceAccount> expected) {
    ImmutableList<String> targets =
        expected.stream().map(ServiceAccount::name).collect(ImmutableList.toImmutableList());
    Negotiator negotiator = new Negotiator() {
      @Override
      public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpcHandler) {
        AltsClientOptions options = new AltsClientOptions.Builder()
            .setRpcProtocolVersions(RpcProtocolVersionsUtil.getRpcProtocolVersions())
            .setTargetServiceAccounts(targets)
            .setTargetName(grpcHandler.getAuthority())
            .build();
        TsiHandshaker ours = AltsTsiHandshaker.newClient(
            HandshakerServiceGrpc.newStub(handshaker.calls()),
            options,
            grpcHandler.getNegotiationLogger());
        return new Caller(new Handshake(ours, http2(grpcHandler), grpcHandler, expected));
      }
    };
    return InternalNettyChannelCredentials.create(new InternalProtocolNegotiator.ClientFactory() {
      @Override
      public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator() {
        return negotiator;
      }

      @Override
      public int getDefaultPort() {
        return HTTPS_PORT;
      }
    });
  }

  /** What both sides' negotiators share. */
  private abstract static class Negotiator
      implements InternalProtocolNegotiator.ProtocolNegotiator {
    @Override
    public AsciiString scheme() {
      return SCHEME;
    }

    @Override
    public void close() {}
  }

  private static ChannelHandler http2(GrpcHttp2ConnectionHandler grpcHandler) {
    return InternalProtocolNegotiators.grpcNegotiationHandler(grpcHandler);
  }

  /** One handshake: grpc-java's handlers on a thread of the handshaker, behind a gate. */
  private final class Handshake {
    private final EventExecutor thread = handshaker.thread();
    private final HandshakeGate gate = new HandshakeGate(thread);
    private final ChannelHandler handler;

    Handshake(
        TsiHandshaker ours,
        ChannelHandler next,
        GrpcHttp2ConnectionHandler grpcHandler,
        Set<ServiceAccount> expected) {
      ChannelLogger logger = grpcHandler.getNegotiationLogger();
      this.handler = InternalProtocolNegotiators.waitUntilActiveHandler(
          new TsiHandshakeHandler(
              next, new NettyTsiHandshaker(ours), new PeerCheck(expected, gate::finish), logger),
          logger);
    }

    // Netty advises handlers to hand their work over themselves; this one is grpc-java's.
    @SuppressWarnings("deprecation")
    void addAfter(ChannelHandlerContext ctx, ChannelHandler outcome) {
      ctx.pipeline().addAfter(ctx.name(), null, outcome);
      ctx.pipeline().addAfter(thread, ctx.name(), null, handler);
      ctx.pipeline().addAfter(ctx.name(), null, gate);
    }
  }

  /** Accepts a peer's result: a common protocol version, a valid account and, on a client, an expected one. */
  private static final class PeerCheck extends TsiHandshakeHandler.HandshakeValidator {
    private final Set<ServiceAccount> expected;
    private final Runnable passed;

    PeerCheck(Set<ServiceAccount> expected, Runnable passed) {
      this.expected = expected;
      this.passed = passed;
    }

    @Override
    public SecurityDetails validatePeerObject(Object peer) throws GeneralSecurityException {
      AltsInternalContext context = (AltsInternalContext) peer;
      RpcProtocolVersions ours = RpcProtocolVersionsUtil.getRpcProtocolVersions();
      RpcProtocolVersions theirs = context.getPeerRpcVersions();
      if (isOlder(theirs.getMaxRpcVersion(), ours.getMinRpcVersion())
          || isOlder(ours.getMaxRpcVersion(), theirs.getMinRpcVersion())) {
        throw new GeneralSecurityException("no common RPC protocol version with the ALTS peer");
      }
      ServiceAccount account = AltsPeer.accountNamed(context.getPeerServiceAccount());
      if (!expected.isEmpty()) {
        AltsPeer.requireOneOf(expected, account);
      }
      passed.run();
      return new SecurityDetails(SecurityLevel.PRIVACY_AND_INTEGRITY, null);
    }

    private static boolean isOlder(
        RpcProtocolVersions.Version one, RpcProtocolVersions.Version other) {
      return one.getMajor() < other.getMajor()
          || (one.getMajor() == other.getMajor() && one.getMinor() < other.getMinor());
    }
  }

  /** First in a server's pipeline for the connection's whole life: admits it and puts it into the transport's attributes. */
  private final class Doorkeeper extends ChannelInboundHandlerAdapter {
    private final ConnectionEvents events;
    private final GrpcHttp2ConnectionHandler http2;
    private final Handshake handshake;
    private final Success success;
    private @Nullable AltsConnection connection;
    private HandshakeSlots.@Nullable Slot slot;
    private boolean admitted;

    Doorkeeper(
        ConnectionEvents events,
        GrpcHttp2ConnectionHandler http2,
        Handshake handshake,
        Success success) {
      this.events = events;
      this.http2 = http2;
      this.handshake = handshake;
      this.success = success;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      AltsConnection accepted = new AltsConnection(ctx.channel());
      connection = accepted;
      admitted = events.admit(accepted);
      if (!admitted) {
        ctx.close();
        return;
      }
      try {
        HandshakeSlots.Slot taken = handshaker.admit(accepted.remoteAddress());
        slot = taken;
        http2.connection().addListener(new AbortWatch(events, accepted));
        success.then(() -> {
          taken.release();
          events.handshakeSucceeded(accepted, false);
        });
        handshake.addAfter(ctx, new Outcome(events, accepted));
      } catch (ShedException e) {
        events.handshakeFailed(accepted, e);
        ctx.close();
      }
    }

    /**
     * The last that happens to a channel, after the handshake's thread has let go of it: whoever closes early keeps the
     * place until then, so that work for connections that are gone cannot pile up.
     */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      if (slot != null) {
        slot.release();
      }
      if (admitted && connection != null) {
        admitted = false;
        events.closed(connection);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
      if (event instanceof ProtocolNegotiationEvent negotiation && connection != null) {
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

  /**
   * Between a server's handshake and what follows it: sees it succeed, which is when grpc-java goes on with the
   * negotiation. A peer that was accepted may still have no keys.
   */
  private static final class Success extends ChannelInboundHandlerAdapter {
    private final ChannelHandler next;
    private Runnable action = () -> {};

    Success(ChannelHandler next) {
      this.next = next;
    }

    /** To be called before the handshake begins. */
    void then(Runnable whenDone) {
      action = whenDone;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      ctx.pipeline().addAfter(ctx.name(), null, next);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
      super.userEventTriggered(ctx, event);
      if (event instanceof ProtocolNegotiationEvent) {
        action.run();
        if (!ctx.isRemoved()) {
          ctx.pipeline().remove(this);
        }
      }
    }
  }

  /** Behind a server's handshake: sees it fail. */
  private static final class Outcome extends ChannelInboundHandlerAdapter {
    private final ConnectionEvents events;
    private final AltsConnection connection;
    private boolean told;

    Outcome(ConnectionEvents events, AltsConnection connection) {
      this.events = events;
      this.connection = connection;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (!told && ctx.pipeline().get(GrpcHttp2ConnectionHandler.class) == null) {
        told = true;
        connection.prepareEnd();
        events.handshakeFailed(connection, cause);
      }
      ctx.fireExceptionCaught(cause);
    }
  }

  /** Hears of the GOAWAY frames that we send; those without an error are an orderly end. */
  private static final class AbortWatch extends Http2ConnectionAdapter {
    private final ConnectionEvents events;
    private final AltsConnection connection;

    AbortWatch(ConnectionEvents events, AltsConnection connection) {
      this.events = events;
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
      // Calls that are open would hold it: nothing that comes behind a broken record counts.
      connection.closeSoon();
    }
  }

  /** First in a client's pipeline. */
  private static final class Caller extends AltsClosedWrites {
    private final Handshake handshake;

    Caller(Handshake handshake) {
      this.handshake = handshake;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      handshake.addAfter(ctx, new ClientOutcome());
    }
  }

  /** Behind a client's handshake: says why it failed, where grpc-java would say {@code UNKNOWN}. */
  private static final class ClientOutcome extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (ctx.pipeline().get(GrpcHttp2ConnectionHandler.class) != null) {
        ctx.fireExceptionCaught(cause);
        return;
      }
      Throwable root = cause;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      String why = "ALTS handshake failed: " + Quoted.of(String.valueOf(root.getMessage()));
      LOG.warn("connection to {}: {}", ctx.channel().remoteAddress(), why);
      ctx.fireExceptionCaught(
          Status.UNAVAILABLE.withDescription(why).withCause(cause).asRuntimeException());
    }
  }
}
