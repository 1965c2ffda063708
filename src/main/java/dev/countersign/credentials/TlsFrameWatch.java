package dev.countersign.credentials;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Ticker;

/** Behind the TLS of a server's connection: ends it when the peer sends more frames than a {@link FrameMeter} allows. */
final class TlsFrameWatch extends ChannelDuplexHandler {
  private final Connection connection;
  private final FrameMeter meter = new FrameMeter(Ticker.systemTicker()::nanoTime);
  private boolean ended;

  TlsFrameWatch(Connection connection) {
    this.connection = connection;
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
      connection.close();
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
