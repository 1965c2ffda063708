package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that says one word to whoever says anything, and ends the connection. */
@Timeout(120)
class AltsLingeringCloseIT {
  private static final byte[] WORD = "calm".getBytes(StandardCharsets.US_ASCII);
  private static final int ROUNDS = 10;

  /** A machine that stops for as long as the server waits loses one; of a server that does not wait, nobody gets through. */
  private static final int MOST_ROUNDS = 6;

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
  private final BlockingQueue<Boolean> openWhenInactive = new LinkedBlockingQueue<>();
  private byte[] word = WORD;
  private InetSocketAddress address;

  @BeforeEach
  void start() throws Exception {
    Channel server = new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .childHandler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            accepted.add(channel);
            channel.pipeline().addLast(new Curt());
          }
        })
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .sync()
        .channel();
    address = (InetSocketAddress) server.localAddress();
  }

  @AfterEach
  void stop() throws Exception {
    loop.shutdownGracefully(0, 10, TimeUnit.SECONDS).await();
  }

  private final class Curt extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      AltsLingeringClose.prepare(ctx.channel());
      ctx.channel().writeAndFlush(Unpooled.wrappedBuffer(word));
      ctx.channel().close();
      // Several say so of one connection.
      AltsLingeringClose.prepare(ctx.channel());
      ctx.channel().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      openWhenInactive.add(ctx.channel().isOpen());
    }
  }

  private Socket greeting() throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.getOutputStream().write(1);
    return socket;
  }

  @Test
  void whoSendsOnIsNotResetAndHearsTheEnd() throws Exception {
    int heard = 0;
    for (int i = 0; i < ROUNDS; i++) {
      try (Socket client = greeting()) {
        byte[] word = client.getInputStream().readNBytes(WORD.length);
        Throwable end = catchThrowable(() -> {
          for (int more = 0; more < 3; more++) {
            client.getOutputStream().write(new byte[1000]);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
          }
          assertThat(client.getInputStream().read()).isNegative();
        });
        assertThat(word).isEqualTo(WORD);
        heard += end == null ? 1 : 0;
      }
    }
    assertThat(heard).isGreaterThanOrEqualTo(MOST_ROUNDS);
  }

  @Test
  void whoeverIsBehindItHearsOfTheEndOnceAndBeforeTheConnectionIsClosed() throws Exception {
    boolean before = false;
    for (int i = 0; i < ROUNDS; i++) {
      try (Socket client = greeting()) {
        assertThat(client.getInputStream().readAllBytes()).isEqualTo(WORD);
        before |= openWhenInactive.take();
      }
      assertThat(accepted.take().closeFuture().await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(openWhenInactive).isEmpty();
    }
    assertThat(before).isTrue();
  }

  @Test
  void nobodyIsWaitedForWithoutEnd() throws Exception {
    try (Socket client = greeting()) {
      assertThat(accepted.take().closeFuture().await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(WORD);
    }
  }

  /** Nor does anybody read without end. */
  @Test
  void whoSendsWithoutEndIsCutOff() throws Exception {
    try (Socket client = greeting()) {
      long[] sent = {0};
      Throwable end = catchThrowable(() -> {
        while (sent[0] < 1L << 40) {
          client.getOutputStream().write(new byte[64 << 10]);
          sent[0] += 64 << 10;
        }
      });
      assertThat(end).isInstanceOf(IOException.class);
      assertThat(sent[0]).isLessThan(8 * LingerLimits.MOST_BYTES);
    }
  }

  /** What it leaves unread would never be written, so the end would never come. */
  @Test
  void whoReadsNothingIsClosedAtOnce() throws Exception {
    word = new byte[64 << 20];
    try (Socket client = greeting()) {
      assertThat(accepted.take().closeFuture().await(60, TimeUnit.SECONDS)).isTrue();
      Throwable end = catchThrowable(
          () -> assertThat(client.getInputStream().readAllBytes()).hasSizeLessThan(word.length));
      assertThat(end == null || end instanceof IOException).isTrue();
    }
  }
}
