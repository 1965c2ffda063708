package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.local.LocalChannel;
import io.grpc.netty.shaded.io.netty.channel.local.LocalIoHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a call hears that writes to an ALTS connection which has just been closed. */
@Timeout(60)
final class AltsClosedWritesTest {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Throwable failureBehind(ChannelHandler first) throws Exception {
    Channel channel = new LocalChannel();
    channel.pipeline().addLast(first);
    loop.register(channel).sync();
    ByteBuf message = Unpooled.buffer().writeByte(1);
    ChannelFuture written = channel
        .eventLoop()
        .submit(() -> {
          channel.close();
          // Nobody has heard of the end yet.
          return channel.writeAndFlush(message);
        })
        .get();
    assertThat(message.refCnt()).isZero();
    return written.await().cause();
  }

  /** grpc-java makes {@code UNAVAILABLE} of an exception of input and output, and such a call is made again where that is allowed. */
  @Test
  void isThatTheConnectionIsUnavailable() throws Exception {
    assertThat(failureBehind(new AltsClosedWrites()))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ClosedChannelException.class)
        .hasCauseInstanceOf(ClosedChannelException.class);
  }

  /** Of which grpc-java makes {@code UNKNOWN}. */
  @Test
  void isThatTheChannelIsClosedWithoutIt() throws Exception {
    assertThat(failureBehind(new ChannelInboundHandlerAdapter()))
        .isInstanceOf(ClosedChannelException.class);
  }
}
