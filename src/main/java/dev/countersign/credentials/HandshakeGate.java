package dev.countersign.credentials;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;

/**
 * Keeps the bytes in order while a handshake runs on a thread of its own. The handlers behind this one belong to that
 * thread until the handshake is finished, and to the event loop afterwards. It hands over one piece and holds back the
 * next until the thread has dealt with the first and everything it asked of the event loop is done; meanwhile nothing is
 * read from the network. Without it a piece that is read after the change could overtake one that is still queued.
 *
 * <p>The end of the connection goes the same way: Netty takes a pipeline down by way of each thread that a handler belongs to.
 * When the handshake's own handler has just left, only the {@link Anchor} keeps that way from being shorter than the one
 * that the news of the end takes, which would come to handlers that are gone.
 */
final class HandshakeGate extends ChannelInboundHandlerAdapter {
  private final EventExecutor handshakeThread;
  private final ChannelHandler anchor = new Anchor();
  private final Queue<Object> held = new ArrayDeque<>();
  private boolean isBusy;
  private volatile boolean isFinished;

  HandshakeGate(EventExecutor handshakeThread) {
    this.handshakeThread = handshakeThread;
  }

  /** To be called on the handshake's thread, while it deals with the piece that finishes the handshake. */
  void finish() {
    isFinished = true;
  }

  // Netty advises handlers to hand their work over themselves; this one has none.
  @SuppressWarnings("deprecation")
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.pipeline().addAfter(handshakeThread, ctx.name(), null, anchor);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object piece) {
    held.add(piece);
    ctx.channel().config().setAutoRead(false);
    if (!isBusy) {
      handOver(ctx);
    }
  }

  /** The end of a read means nothing to a handshake; what follows the handshake gets one when the gate opens. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {}

  private void handOver(ChannelHandlerContext ctx) {
    isBusy = true;
    Object piece = held.remove();
    try {
      ctx.fireChannelRead(piece);
    } catch (RejectedExecutionException e) {
      ReferenceCountUtil.release(piece);
      ctx.close();
      return;
    }
    try {
      // First behind the piece on that thread, then behind what it sent to the event loop.
      handshakeThread.execute(() -> ctx.executor().execute(() -> resume(ctx)));
    } catch (RejectedExecutionException e) {
      ctx.close();
    }
  }

  private void resume(ChannelHandlerContext ctx) {
    isBusy = false;
    if (ctx.isRemoved()) {
      return;
    }
    if (isFinished) {
      open(ctx);
    } else if (held.isEmpty()) {
      ctx.channel().config().setAutoRead(true);
    } else {
      handOver(ctx);
    }
  }

  private void open(ChannelHandlerContext ctx) {
    while (!held.isEmpty()) {
      ctx.fireChannelRead(held.remove());
    }
    ctx.fireChannelReadComplete();
    // A pipeline whose channel is closed is being taken down.
    if (ctx.channel().isOpen()) {
      ctx.pipeline().remove(this);
      removeAnchor(ctx);
    }
    ctx.channel().config().setAutoRead(true);
  }

  private void removeAnchor(ChannelHandlerContext ctx) {
    try {
      ctx.pipeline().remove(anchor);
    } catch (RejectedExecutionException e) {
      ctx.close();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }

  /** Does nothing, on the handshake's thread. */
  private static final class Anchor extends ChannelHandlerAdapter {}
}
