package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a call hears that writes to a connection which has just been closed. */
@Timeout(60)
final class ServerWatchTest {
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
    ServerWatch watch = new ServerWatch(
        new ChannelInboundHandlerAdapter(),
        () -> {
          throw new AssertionError("nobody is to be verified");
        },
        Set.of());

    assertThat(failureBehind(watch))
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
