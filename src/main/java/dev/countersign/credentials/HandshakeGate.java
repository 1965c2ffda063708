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
 * <p>The end of the connection goes the same way, behind what the thread is at and what that asks of the event loop: whoever
 * is added hears of it, and a piece that is held then is not handed over any more, unless the one before it finishes the
 * handshake. Netty takes a pipeline down by way of each thread that a handler belongs to. The {@link Anchor} keeps it going by
 * way of the handshake's when the handshake's own handler has just left, and so behind the news of the end.
 */
final class HandshakeGate extends ChannelInboundHandlerAdapter {
  private final EventExecutor handshakeThread;
  private final ChannelHandler anchor = new Anchor();
  private final Queue<Object> held = new ArrayDeque<>();
  private boolean isBusy;
  private boolean hasEnded;
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

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    hasEnded = true;
    try {
      handshakeThread.execute(ctx::fireChannelInactive);
    } catch (RejectedExecutionException e) {
      ctx.fireChannelInactive();
    }
  }

  private void resume(ChannelHandlerContext ctx) {
    isBusy = false;
    if (ctx.isRemoved()) {
      return;
    }
    if (isFinished) {
      open(ctx);
    } else if (hasEnded) {
      releaseHeld();
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
    if (!hasEnded) {
      ctx.pipeline().remove(this);
      removeAnchor(ctx);
    }
    ctx.channel().config().setAutoRead(true);
  }

  private void removeAnchor(ChannelHandlerContext ctx) {
    try {
      ctx.pipeline().remove(anchor);
    } catch (RejectedExecutionException e) {
      // It has been removed; only the thread is no longer there to be told.
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    releaseHeld();
  }

  private void releaseHeld() {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }

  /** Does nothing, on the handshake's thread. */
  private static final class Anchor extends ChannelHandlerAdapter {}
}
