package dev.countersign.credentials;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Behind the TLS of a server's connection: ends it when the peer sends more frames than a {@link FrameMeter} allows. */
final class TlsFrameWatch extends ChannelDuplexHandler implements FrameMeter.Bytes {
  private static final LongSupplier CLOCK = Ticker.systemTicker()::nanoTime;
  private static final int TYPE_AT = 3;
  private static final int ERROR_AT = 9;
  private static final int RESET_BYTES = 13;

  private final Connection connection;
  private final FrameMeter meter = new FrameMeter(CLOCK);
  private ByteBuf looksAt = Unpooled.EMPTY_BUFFER;
  private boolean ended;
  private boolean closed;
  private boolean reading;
  private boolean flushWaits;
  private boolean refusalsOnly = true;
  private boolean lost;
  private boolean spoiled;
  private int reads;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Greeting greeting = new Greeting();
  private @Nullable Queue<Object> held;
  private int block;
  private @Nullable Future<?> slow;
  private ConnectionEvents events = ConnectionEvents.NONE;

  TlsFrameWatch(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    reads++;
    if (held != null) {
      held.add(message);
    } else if (ended || closed) {
      ReferenceCountUtil.release(message);
    } else if (greeting != null && message instanceof ByteBuf bytes) {
      greet(ctx, greeting, bytes);
    } else {
      watch(ctx, message);
    }
  }

  /** Passes the greeting on by itself: what comes behind it may have to wait. */
  private void greet(ChannelHandlerContext ctx, Greeting begun, ByteBuf bytes) throws Exception {
    looksAt = bytes;
    int length = begun.take(this, bytes.readerIndex(), bytes.writerIndex());
    looksAt = Unpooled.EMPTY_BUFFER;
    if (!begun.isComplete()) {
      watch(ctx, bytes);
      return;
    }
    greeting = null;
    watch(ctx, bytes.readRetainedSlice(length));
    if (bytes.isReadable()) {
      channelRead(ctx, bytes);
    } else {
      bytes.release();
    }
  }

  private void watch(ChannelHandlerContext ctx, Object message) throws Exception {
    if (message instanceof ByteBuf bytes && !isWithinBudget(bytes)) {
      bytes.release();
      end(ctx, FrameMeter.VERDICT);
    } else {
      watchBlock(ctx);
      reading = true;
      try {
        super.channelRead(ctx, message);
      } finally {
        reading = false;
        flushWhatWaits(ctx);
      }
    }
  }

  private void flushWhatWaits(ChannelHandlerContext ctx) {
    if (flushWaits) {
      flushNow(ctx);
    }
  }

  private void flushNow(ChannelHandlerContext ctx) {
    flushWaits = false;
    refusalsOnly = true;
    ctx.flush();
  }

  /**
   * HTTP/2 flushes each refusal of a stream by itself: those that answer one record go out in one. Other resets do not wait,
   * because a stream is there until its reset has gone.
   */
  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (reading && refusalsOnly) {
      flushWaits = true;
    } else if (!closed) {
      flushNow(ctx);
    }
  }

  /** HTTP/2 closes once more for each frame that it reads of the same buffer. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    flushWhatWaits(ctx);
    if (closed) {
      ctx.channel().closeFuture().addListener(end -> promise.trySuccess());
      return;
    }
    closed = true;
    ctx.close(promise);
  }

  /** Passes nothing on for so long; what has been read already waits here, no more is read than that. */
  void holdBack(Duration howLong) {
    ChannelHandlerContext ctx = context;
    if (ctx != null && held == null) {
      held = new ArrayDeque<>();
      ctx.channel().config().setAutoRead(false);
      ctx.executor().schedule(() -> letGo(ctx), howLong.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void letGo(ChannelHandlerContext ctx) {
    Queue<Object> waited = held;
    held = null;
    if (waited == null) {
      return;
    }
    try {
      while (!waited.isEmpty()) {
        channelRead(ctx, waited.remove());
      }
      ctx.fireChannelReadComplete();
    } catch (Exception e) {
      ctx.fireExceptionCaught(e);
    } finally {
      waited.forEach(ReferenceCountUtil::release);
      ctx.channel().config().setAutoRead(true);
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

  /** How often something came out of TLS, or was looked at again after it was held back; goes round. */
  int reads() {
    return reads;
  }

  /** Ends the connection for what its peer did to HTTP/2, or below it. */
  void breakOff(String verdict) {
    ChannelHandlerContext ctx = context;
    if (ctx != null && !ended) {
      end(ctx, verdict);
    }
  }

  private void end(ChannelHandlerContext ctx, String verdict) {
    ended = true;
    forgetBlock();
    TlsLingeringClose.prepare(ctx.channel());
    ctx.fireExceptionCaught(Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, verdict));
    connection.close();
  }

  /** Whom to tell that the connection has ended. */
  void tellWhenClosed(ConnectionEvents whom) {
    events = whom;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    events.closed(connection);
    if (held != null) {
      held.forEach(ReferenceCountUtil::release);
      held = null;
    }
  }

  /**
   * Whether the TCP connection broke: nothing that its peer did to HTTP/2. Where writing fails first, Netty has closed it
   * before anybody hears of it; so has TLS, but that says why.
   */
  boolean isLost() {
    ChannelHandlerContext ctx = context;
    return lost || (!spoiled && ctx != null && !ctx.channel().isOpen());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    boolean broke = cause instanceof IOException && !(cause instanceof SSLException);
    lost |= broke;
    spoiled |= !broke;
    super.exceptionCaught(ctx, cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    forgetBlock();
    super.channelInactive(ctx);
  }

  /**
   * Nothing is written when the connection has been closed: it would fail, and for each frame that does, HTTP/2 ends the
   * connection anew, with two exceptions. An abuser leaves hundreds of them.
   */
  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (closed) {
      ReferenceCountUtil.release(message);
      promise.trySuccess();
      return;
    }
    if (message instanceof ByteBuf bytes) {
      refusalsOnly &= isRefusal(bytes);
      looksAt = bytes;
      meter.sent(this, bytes.readerIndex(), bytes.writerIndex());
      looksAt = Unpooled.EMPTY_BUFFER;
    }
    super.write(ctx, message, promise);
  }

  private static boolean isRefusal(ByteBuf frame) {
    int at = frame.readerIndex();
    return frame.readableBytes() == RESET_BYTES
        && frame.getByte(at + TYPE_AT) == Http2FrameTypes.RST_STREAM
        && frame.getInt(at + ERROR_AT) == Http2Error.REFUSED_STREAM.code();
  }
}
