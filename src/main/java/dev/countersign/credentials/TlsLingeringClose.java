package dev.countersign.credentials;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a TLS connection so that its peer hears why (RFC 9112 section 9.6 has the reason). A socket that is closed while bytes
 * of the peer are unread is reset, and a reset may overtake the GOAWAY or the alert that was the last thing sent. So only our
 * side is closed first; what the peer still sends is thrown away as it comes from the network, until it has closed its side,
 * has sent {@link LingerLimits#MOST_BYTES} or {@link LingerLimits#MILLIS} have passed. Whoever stands behind it in the pipeline hears at
 * once that the channel is inactive, and lets go of calls and their memory. It joins the pipeline when a connection ends, so that
 * those which live pay nothing for it.
 */
final class TlsLingeringClose extends ChannelDuplexHandler {
  private boolean lingers;
  private long discarded;

  private TlsLingeringClose() {}

  /** Loads the class while it can be: when it is first needed, file descriptors may have run out. */
  static void load() {}

  /** Before a connection is closed, on its event loop; again does nothing. */
  static void prepare(Channel channel) {
    if (channel.isActive() && channel.pipeline().get(TlsLingeringClose.class) == null) {
      channel.pipeline().addFirst(new TlsLingeringClose());
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (!(ctx.channel() instanceof DuplexChannel channel) || !channel.isActive()) {
      ctx.close(promise);
      return;
    }
    channel.closeFuture().addListener(closed -> promise.trySuccess());
    // Several say it of one connection, and each means the same end.
    if (!lingers) {
      lingers = true;
      // Netty may be in the midst of noting what it has written.
      ctx.executor().execute(() -> linger(ctx, channel));
    }
  }

  private static void linger(ChannelHandlerContext ctx, DuplexChannel channel) {
    ctx.fireChannelInactive();
    if (!hasWrittenAll(channel)) {
      ctx.close();
      return;
    }
    Future<?> patience =
        ctx.executor().schedule(() -> ctx.close(), LingerLimits.MILLIS, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(closed -> patience.cancel(false));
    channel.shutdownOutput().addListener(end -> {
      if (!end.isSuccess()) {
        ctx.close();
      }
    });
    channel.config().setAutoRead(true);
  }

  /** Who leaves unread what it was sent will not hear the end either; and Netty would try to write for ever. */
  private static boolean hasWrittenAll(Channel channel) {
    ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
    return unsent != null && unsent.isEmpty();
  }

  /** Heard when the linger began. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (!lingers) {
      super.channelInactive(ctx);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (!lingers) {
      super.channelReadComplete(ctx);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (!lingers) {
      super.channelRead(ctx, message);
      return;
    }
    if (message instanceof ByteBuf bytes) {
      discarded += bytes.readableBytes();
    }
    ReferenceCountUtil.release(message);
    if (discarded > LingerLimits.MOST_BYTES) {
      ctx.close();
    }
  }
}
