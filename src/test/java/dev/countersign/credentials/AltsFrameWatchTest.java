package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an HTTP/2 that resets a hundred streams in the answer to one record costs below it. */
class AltsFrameWatchTest {
  private static final int RESETS = 100;
  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int PING_BYTES = 17;

  private int error = REFUSED_STREAM;
  private int reads;
  private final List<String> below = new ArrayList<>();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new Below(), new AltsFrameWatch(new Resetting()));

  /** The records of ALTS, as far as they matter. */
  private final class Below extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      below.add("write");
      ReferenceCountUtil.release(message);
      promise.setSuccess();
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
      below.add("flush");
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
      below.add("close");
      promise.setSuccess();
    }
  }

  /** Closes the connection after a ping. */
  private final class Resetting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      reads++;
      boolean closes = ((ByteBuf) message).readableBytes() == PING_BYTES;
      ReferenceCountUtil.release(message);
      for (int i = 0; i < RESETS; i++) {
        ctx.writeAndFlush(reset(error));
      }
      if (closes) {
        ctx.close();
      }
    }
  }

  @AfterEach
  void end() {
    channel.finishAndReleaseAll();
  }

  private void greet() {
    channel.writeInbound(Unpooled.copiedBuffer(
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", StandardCharsets.ISO_8859_1));
    below.clear();
  }

  private static ByteBuf reset(int error) {
    return Unpooled.buffer()
        .writeMedium(4)
        .writeByte(3)
        .writeByte(0)
        .writeInt(1)
        .writeInt(error);
  }

  private static ByteBuf ping() {
    return Unpooled.buffer()
        .writeMedium(8)
        .writeByte(6)
        .writeByte(0)
        .writeInt(0)
        .writeLong(0);
  }

  private static ByteBuf settings() {
    return Unpooled.buffer().writeMedium(0).writeByte(4).writeByte(0).writeInt(0);
  }

  @Test
  void whatAnswersOneRecordIsFlushedOnce() {
    greet();

    channel.writeInbound(settings());

    assertThat(below).hasSize(RESETS + 1).endsWith("write", "flush");
  }

  /** Until its reset has been flushed a stream takes what comes for it. */
  @Test
  void otherResetsAreFlushedAtOnce() {
    greet();
    error = PROTOCOL_ERROR;

    channel.writeInbound(settings());

    assertThat(below).hasSize(2 * RESETS).startsWith("write", "flush", "write", "flush");
  }

  @Test
  void whatIsWrittenAtAnotherTimeIsFlushedAsItSays() {
    greet();

    channel.writeOutbound(settings());

    assertThat(below).containsExactly("write", "flush");
  }

  @Test
  void whatWaitsIsFlushedBeforeTheConnectionCloses() {
    greet();

    channel.writeInbound(ping());

    assertThat(below).hasSize(RESETS + 2).endsWith("write", "flush", "close");
  }

  /** A closed channel would fail each of them, and HTTP/2 would end the connection once more for each. */
  @Test
  void nothingIsWrittenOrReadAfterTheEnd() {
    greet();
    channel.writeInbound(ping());
    below.clear();
    reads = 0;
    ByteBuf late = settings();

    ChannelFuture written = channel.pipeline().writeAndFlush(reset(REFUSED_STREAM));
    channel.pipeline().close();
    channel.writeInbound(late);

    assertThat(written.isSuccess()).isTrue();
    assertThat(below).isEmpty();
    assertThat(reads).isZero();
    assertThat(late.refCnt()).isZero();
  }
}
