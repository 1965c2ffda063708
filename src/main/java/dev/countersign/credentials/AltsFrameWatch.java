package dev.countersign.credentials;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.grpc.netty.shaded.io.netty.util.concurrent.Ticker;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Between the records of ALTS and HTTP/2 on a server's connection: ends it when the peer sends more frames than a {@link FrameMeter} allows. */
final class AltsFrameWatch extends ChannelDuplexHandler implements FrameMeter.Bytes {
  private final ChannelHandler http2;
  private final FrameMeter meter = new FrameMeter(Ticker.systemTicker()::nanoTime);
  private ByteBuf looksAt = Unpooled.EMPTY_BUFFER;
  private boolean ended;
  private int block;
  private @Nullable Future<?> slow;

  /** A watch that puts HTTP/2 behind itself. */
  AltsFrameWatch(ChannelHandler http2) {
    this.http2 = http2;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.pipeline().addAfter(ctx.name(), null, http2);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (ended) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof ByteBuf bytes && !isWithinBudget(bytes)) {
      bytes.release();
      end(ctx, FrameMeter.VERDICT);
    } else {
      watchBlock(ctx);
      super.channelRead(ctx, message);
    }
  }

  private boolean isWithinBudget(ByteBuf bytes) {
    looksAt = bytes;
    boolean within = meter.received(this, bytes.readerIndex(), bytes.writerIndex());
    looksAt = Unpooled.EMPTY_BUFFER;
    return within;
  }

  /** Of the buffer that is looked at: an object for each would be garbage of each call. */
  @Override
  public byte at(int index) {
    return looksAt.getByte(index);
  }

  private void watchBlock(ChannelHandlerContext ctx) {
    int open = meter.openBlock();
    if (open == block) {
      return;
    }
    block = open;
    forgetBlock();
    if (open != 0) {
      slow = ctx.executor()
          .schedule(() -> end(ctx, FrameMeter.SLOW), FrameMeter.BLOCK_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void forgetBlock() {
    if (slow != null) {
      slow.cancel(false);
      slow = null;
    }
  }

  private void end(ChannelHandlerContext ctx, String verdict) {
    ended = true;
    forgetBlock();
    ctx.fireExceptionCaught(Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, verdict));
    AltsConnection.of(ctx.channel()).close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    forgetBlock();
    super.channelInactive(ctx);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof ByteBuf bytes) {
      looksAt = bytes;
      meter.sent(this, bytes.readerIndex(), bytes.writerIndex());
      looksAt = Unpooled.EMPTY_BUFFER;
    }
    super.write(ctx, message, promise);
  }
}
