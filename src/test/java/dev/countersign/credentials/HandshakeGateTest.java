package dev.countersign.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultEventExecutor;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A gate whose handshake thread has ended, as it does when a server stops. */
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
}
