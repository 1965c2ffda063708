package dev.countersign.credentials;

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
 */
final class HandshakeGate extends ChannelInboundHandlerAdapter {
  private final EventExecutor handshakeThread;
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
    if (!ctx.isRemoved()) {
      ctx.pipeline().remove(this);
    }
    ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }
}
