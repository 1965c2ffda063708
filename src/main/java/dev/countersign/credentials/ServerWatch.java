package dev.countersign.credentials;

import dev.countersign.identity.Principal;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands first in the pipeline of a client's connection and goes on asking whether the server is still believed: when
 * its certificate expires or is revoked, or its authority is no longer an anchor, the connection is cut, its calls end
 * with {@code UNAVAILABLE}, and the channel connects anew. Each look costs a read of the clock and a look-up. Calls that write
 * between the close of a connection and the news of it end with {@code UNAVAILABLE} as well.
 */
final class ServerWatch extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ServerWatch.class);
  private static final long LOOK_EVERY_MILLIS = 250;

  /** Why something could not be written. */
  static final String CLOSED = "the connection has been closed";

  private final TrustSource trust;
  private final Set<Principal> expected;
  private final ChannelHandler handshake;
  private @Nullable PresentedChain chain;
  private @Nullable Future<?> looks;

  ServerWatch(ChannelHandler handshake, TrustSource trust, Set<Principal> expected) {
    this.handshake = handshake;
    this.trust = trust;
    this.expected = expected;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.pipeline().addAfter(ctx.name(), null, handshake);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    super.channelRead(ctx, message);
    // grpc-java adds its own handler to the pipeline when the handshake has succeeded.
    if (looks == null && ctx.pipeline().get(GrpcHttp2ConnectionHandler.class) != null) {
      looks = ctx.executor()
          .scheduleAtFixedRate(
              () -> look(ctx), LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (looks != null) {
      looks.cancel(false);
    }
  }

  /**
   * Fails what is written between the close and the news of it with an {@link IOException}, of which grpc-java makes
   * {@code UNAVAILABLE}; of Netty's own exception it makes {@code UNKNOWN}.
   */
  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (ctx.channel().isOpen()) {
      super.write(ctx, message, promise);
    } else {
      ChannelPromise refused = ctx.newPromise();
      refused.addListener(end -> promise.tryFailure(new IOException(CLOSED, end.cause())));
      super.write(ctx, message, refused);
    }
  }

  private void look(ChannelHandlerContext ctx) {
    try {
      if (chain == null) {
        chain = PresentedChain.of(session(ctx));
      }
      ExpectedServer.require(expected, trust.trust().verify(chain, Role.SERVER), chain);
    } catch (PeerRefusedException e) {
      LOG.warn(
          "closed connection to {}: {}: {}",
          ctx.channel().remoteAddress(),
          e.reason(),
          e.getMessage());
      // From here it passes by grpc-java, which would wait for open streams.
      ctx.close();
    } catch (RuntimeException e) {
      LOG.error(
          "closed connection to {}: its server cannot be verified again",
          ctx.channel().remoteAddress(),
          e);
      ctx.close();
    }
  }

  private static SSLSession session(ChannelHandlerContext ctx) throws PeerRefusedException {
    SslHandler handler = ctx.pipeline().get(SslHandler.class);
    if (handler == null) {
      throw new PeerRefusedException(
          PeerRefusedException.Reason.NO_CERTIFICATE, "the connection has no TLS session");
    }
    return handler.engine().getSession();
  }
}
