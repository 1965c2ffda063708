package dev.countersign.credentials;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A channel of an ALTS listener as others see it. */
final class AltsConnection extends AcceptedConnection {
  private static final long CLOSE_GRACE_SECONDS = 2;

  private final Channel channel;

  AltsConnection(Channel channel) {
    super(channel.remoteAddress());
    this.channel = channel;
  }

  @Override
  public String transport() {
    return Alts.NAME;
  }

  @Override
  public @Nullable TrustSource trust() {
    return null;
  }

  @Override
  public void close() {
    if (channel.eventLoop().inEventLoop()) {
      closeHere();
    } else {
      channel.eventLoop().execute(this::closeHere);
    }
  }

  private void closeHere() {
    prepareEnd();
    // grpc-java says goodbye and then waits for open streams without end: a peer that does not
    // read what it is sent could stay. The first context passes by whoever waits.
    channel.close();
    channel.eventLoop().schedule(this::closeNow, CLOSE_GRACE_SECONDS, TimeUnit.SECONDS);
  }

  /** To be called on the event loop, before it is closed: the peer shall hear why. */
  void prepareEnd() {
    AltsLingeringClose.prepare(channel);
  }

  @Override
  public void breakOff(String verdict) {
    channel.eventLoop().execute(() -> {
      AltsFrameWatch watch = channel.pipeline().get(AltsFrameWatch.class);
      if (watch != null) {
        watch.breakOff(verdict);
      }
    });
  }

  @Override
  public void holdBack(Duration howLong) {
    AltsFrameWatch watch = channel.pipeline().get(AltsFrameWatch.class);
    if (watch != null) {
      watch.holdBack(howLong);
    }
  }

  /** Whether it broke below HTTP/2, and not by what its peer did there. */
  boolean isLost() {
    AltsFrameWatch watch = channel.pipeline().get(AltsFrameWatch.class);
    return watch != null && watch.isLost();
  }

  /** Ends it when what goes on has been written. */
  void closeSoon() {
    channel.eventLoop().execute(this::close);
  }

  private void closeNow() {
    ChannelHandlerContext first = channel.pipeline().firstContext();
    if (first != null) {
      first.close();
    }
  }
}
