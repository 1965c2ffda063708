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
import java.util.stream.Stream;
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
  void endIsHeardBehindAHandshakeThatFinishesOnTheWay() throws Exception {
    CountDownLatch ending = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    try (Ending connection = new Ending()) {
      connection.atTheEnd(ChannelState.UNREGISTERED, () -> {
        // The news is on its way to the handshake's thread; the pipeline is taken down next.
        ending.countDown();
        finished.await();
      });
      connection.handshake((ctx, piece) -> {
        ending.await();
        connection.gate.finish();
        ctx.pipeline().remove(ctx.handler());
        finished.countDown();
      });
      connection.channel.pipeline().addLast(connection.last);
      connection.register();

      connection.receivesAndEnds(1);

      assertThat(connection.last.all()).containsExactly("heard", "removed");
    }
  }

  /** Their turn on the event loop comes when the end has been told. */
  @Test
  @Timeout(60)
  void endIsHeardByThoseWhomTheHandshakeHasJustAdded() throws Exception {
    CountDownLatch ending = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    try (Ending connection = new Ending()) {
      connection.atTheEnd(ChannelState.INACTIVE, () -> {
        ending.countDown();
        finished.await();
      });
      connection.handshake((ctx, piece) -> {
        ending.await();
        connection.gate.finish();
        ctx.pipeline().addAfter(ctx.name(), null, connection.last);
        ctx.pipeline().remove(ctx.handler());
        finished.countDown();
      });
      connection.register();

      connection.receivesAndEnds(1);

      assertThat(connection.last.all()).containsExactly("heard", "removed");
    }
  }

  @Test
  @Timeout(60)
  void pieceThatIsHeldAtTheEndIsNotHandedOver() throws Exception {
    CountDownLatch ending = new CountDownLatch(1);
    List<Object> seen = new CopyOnWriteArrayList<>();
    try (Ending connection = new Ending()) {
      connection.atTheEnd(ChannelState.UNREGISTERED, ending::countDown);
      connection.handshake((ctx, piece) -> {
        ending.await();
        seen.add(piece);
      });
      connection.channel.pipeline().addLast(connection.last);
      connection.register();

      List<ByteBuf> pieces = connection.receivesAndEnds(2);

      assertThat(connection.last.all()).containsExactly("heard", "removed");
      assertThat(seen).containsExactly(pieces.get(0));
      assertThat(pieces).extracting(ByteBuf::refCnt).containsOnly(0);
    }
  }

  /** What is told at the end of a channel. */
  private enum ChannelState {
    INACTIVE,
    UNREGISTERED
  }

  /** Deals with a piece on the handshake's thread. */
  @FunctionalInterface
  private interface Handshake {
    void take(ChannelHandlerContext ctx, Object piece) throws Exception;
  }

  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }

  /** A gate on an event loop of its own. */
  private final class Ending implements AutoCloseable {
    private final HandshakeGate gate = new HandshakeGate(thread);
    private final Last last = new Last();
    private final Channel channel = new LocalChannel();
    private final EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());

    /** Before the gate hears of it; to be called first. */
    void atTheEnd(ChannelState state, Action action) {
      channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
          if (state == ChannelState.INACTIVE) {
            action.run();
          }
          ctx.fireChannelInactive();
        }

        @Override
        public void channelUnregistered(ChannelHandlerContext ctx) throws Exception {
          if (state == ChannelState.UNREGISTERED) {
            action.run();
          }
          ctx.fireChannelUnregistered();
        }
      });
    }

    // Netty advises handlers to hand their work over themselves; the gate is for one that does not.
    @SuppressWarnings("deprecation")
    void handshake(Handshake handshake) {
      channel.pipeline().addLast(gate);
      channel.pipeline().addLast(thread, new ChannelInboundHandlerAdapter() {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object piece) throws Exception {
          ReferenceCountUtil.release(piece);
          handshake.take(ctx, piece);
        }
      });
    }

    void register() throws Exception {
      loop.register(channel).sync();
    }

    List<ByteBuf> receivesAndEnds(int pieces) throws Exception {
      List<ByteBuf> received =
          Stream.generate(() -> Unpooled.buffer().writeByte(1)).limit(pieces).toList();
      channel
          .eventLoop()
          .submit(() -> {
            received.forEach(channel.pipeline()::fireChannelRead);
            channel.pipeline().fireChannelInactive();
            channel.close();
          })
          .sync();
      return received;
    }

    @Override
    public void close() {
      loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  /** The last in the pipeline. */
  private static final class Last extends ChannelInboundHandlerAdapter {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch removed = new CountDownLatch(1);

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      events.add("heard");
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      events.add("removed");
      removed.countDown();
    }

    /** All that it sees. */
    List<String> all() throws InterruptedException {
      removed.await();
      return events;
    }
  }
}
