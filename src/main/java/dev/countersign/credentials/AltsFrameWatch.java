package dev.countersign.credentials;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.grpc.netty.shaded.io.netty.util.concurrent.Ticker;

/** Between the records of ALTS and HTTP/2 on a server's connection: ends it when the peer sends more frames than a {@link FrameMeter} allows. */
final class AltsFrameWatch extends ChannelDuplexHandler {
  private final ChannelHandler http2;
  private final FrameMeter meter = new FrameMeter(Ticker.systemTicker()::nanoTime);
  private boolean ended;

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
    } else if (message instanceof ByteBuf bytes
        && !meter.received(bytes::getByte, bytes.readerIndex(), bytes.writerIndex())) {
      ended = true;
      bytes.release();
      ctx.fireExceptionCaught(
          Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, FrameMeter.VERDICT));
      AltsConnection.of(ctx.channel()).close();
    } else {
      super.channelRead(ctx, message);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof ByteBuf bytes) {
      meter.sent(bytes::getByte, bytes.readerIndex(), bytes.writerIndex());
    }
    super.write(ctx, message, promise);
  }
}
