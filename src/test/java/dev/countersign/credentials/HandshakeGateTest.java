package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.channel.local.LocalChannel;
import io.grpc.netty.shaded.io.netty.channel.local.LocalIoHandler;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultEventExecutor;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gate whose handshake thread has ended, as it does when a server stops, and one whose connection ends with the handshake. */
final class HandshakeGateTest {
  private final EventExecutor thread = new DefaultEventExecutor();
  private final BlockingQueue<Object> handed = new LinkedBlockingQueue<>();

  // Netty advises handlers to hand their work over themselves; the gate is for one that does not.
  @SuppressWarnings("deprecation")
  private EmbeddedChannel channel() {
    EmbeddedChannel channel = new EmbeddedChannel(new HandshakeGate(thread));
    channel.pipeline().addLast(thread, new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object piece) {
        handed.add(piece);
      }
    });
    return channel;
  }

  @Test
  void pieceThatNobodyTakesAnyMoreIsReleasedAndTheConnectionClosed() throws Exception {
    EmbeddedChannel channel = channel();
    ByteBuf taken = Unpooled.buffer().writeByte(1);
    channel.writeInbound(taken);
    assertThat(handed.poll(20, TimeUnit.SECONDS)).isSameAs(taken);
    assertThat(taken.refCnt()).isEqualTo(1);
    taken.release();
    EmbeddedChannel late = channel();

    thread.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    ByteBuf piece = Unpooled.buffer().writeByte(2);
    late.writeInbound(piece);

    assertThat(piece.refCnt()).isZero();
    assertThat(late.isOpen()).isFalse();
  }

  @Test
  @Timeout(60)
  @SuppressWarnings("deprecation")
  void endIsHeardByThoseBehindAHandshakeThatFinishesMeanwhile() throws Exception {
    HandshakeGate gate = new HandshakeGate(thread);
    CountDownLatch ending = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    List<String> events = new CopyOnWriteArrayList<>();
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    Channel channel = new LocalChannel();
    channel
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelUnregistered(ChannelHandlerContext ctx) throws Exception {
                // The news of the end is on its way to the handshake's thread; the pipeline is
                // taken down next.
                ending.countDown();
                finished.await();
                ctx.fireChannelUnregistered();
              }
            },
            gate);
    channel.pipeline().addLast(thread, new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object piece) throws Exception {
        ReferenceCountUtil.release(piece);
        ending.await();
        gate.finish();
        ctx.pipeline().remove(this);
        finished.countDown();
      }
    });
    channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        events.add("heard");
      }

      @Override
      public void handlerRemoved(ChannelHandlerContext ctx) {
        events.add("removed");
        gone.countDown();
      }
    });
    loop.register(channel).sync();

    channel.eventLoop().execute(() -> {
      channel.pipeline().fireChannelRead(Unpooled.buffer().writeByte(1));
      channel.pipeline().fireChannelInactive();
      channel.close();
    });
    gone.await();

    assertThat(events).containsExactly("heard", "removed");
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
  }
}
