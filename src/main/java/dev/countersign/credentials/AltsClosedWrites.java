package dev.countersign.credentials;

import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import java.io.IOException;

/**
 * First in the pipeline of a client's ALTS connection: fails what is written between the close and the news of it as
 * {@link ServerWatch#write} does for TLS, so that the calls end with {@code UNAVAILABLE}.
 */
class AltsClosedWrites extends ChannelDuplexHandler {
  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (ctx.channel().isOpen()) {
      super.write(ctx, message, promise);
    } else {
      ChannelPromise refused = ctx.newPromise();
      refused.addListener(
          end -> promise.tryFailure(new IOException(ServerWatch.CLOSED, end.cause())));
      super.write(ctx, message, refused);
    }
  }
}
