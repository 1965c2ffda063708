package dev.countersign.credentials;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * Before the JDK's TLS on a server's connection: passes the peer's records on one at a time, sees whether data comes out
 * behind TLS, and ends the connection when a {@link RecordMeter} does not allow one that brought none. The JDK answers
 * key updates without end; BoringSSL has a limit of its own and needs no watch. What a handshake may send is not its
 * concern.
 */
final class TlsRecordWatch extends ChannelInboundHandlerAdapter implements FrameMeter.Bytes {
  private final SslHandler tls;
  private final TlsFrameWatch behind;
  private final RecordMeter meter = new RecordMeter();
  private ByteBuf looksAt = Unpooled.EMPTY_BUFFER;
  private boolean ended;

  TlsRecordWatch(SslHandler tls, TlsFrameWatch behind) {
    this.tls = tls;
    this.behind = behind;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (!(message instanceof ByteBuf bytes)) {
      super.channelRead(ctx, message);
      return;
    }
    try {
      while (bytes.isReadable() && !ended && !ctx.isRemoved()) {
        pass(ctx, bytes.readRetainedSlice(lengthOfRecord(bytes)));
      }
    } finally {
      bytes.release();
    }
  }

  private int lengthOfRecord(ByteBuf bytes) {
    looksAt = bytes;
    int end = meter.take(this, bytes.readerIndex(), bytes.writerIndex());
    looksAt = Unpooled.EMPTY_BUFFER;
    return end - bytes.readerIndex();
  }

  private void pass(ChannelHandlerContext ctx, ByteBuf record) {
    boolean established = tls.handshakeFuture().isSuccess();
    int before = behind.reads();
    ctx.fireChannelRead(record);
    if (!established || !meter.isAtEnd()) {
      return;
    }
    if (behind.reads() != before) {
      meter.broughtData();
    } else if (!tls.engine().isInboundDone() && !meter.broughtNothing()) {
      ended = true;
      behind.breakOff(RecordMeter.VERDICT);
    }
  }

  /** Of the buffer that is looked at. */
  @Override
  public byte at(int index) {
    return looksAt.getByte(index);
  }
}
