package dev.countersign.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A process that opens many HTTP/2 connections over mutual TLS and leaves them idle. Argument: the client's identity directory.
 * A line {@code PORT COUNT} opens so many more, waits until the server has sent its settings on each, and is answered.
 */
final class IdleClients {
  /** The preface of HTTP/2 and empty settings (RFC 9113, section 3.4). */
  private static final byte[] HELLO =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);

  private static final int AT_ONCE = 32;
  private static final long PATIENCE_SECONDS = 60;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final SslContext tls;

  private IdleClients(Path identity) throws IOException {
    tls = SslContextBuilder.forClient()
        .sslProvider(SslProvider.OPENSSL)
        .protocols("TLSv1.3")
        .keyManager(
            identity.resolve("tls.crt").toFile(), identity.resolve("tls.key").toFile())
        .trustManager(identity.resolve("ca.crt").toFile())
        .endpointIdentificationAlgorithm(null)
        .applicationProtocolConfig(new ApplicationProtocolConfig(
            Protocol.ALPN,
            SelectorFailureBehavior.NO_ADVERTISE,
            SelectedListenerFailureBehavior.ACCEPT,
            "h2"))
        .build();
    ((OpenSslSessionContext) tls.sessionContext()).setSessionCacheEnabled(false);
  }

  public static void main(String[] args) throws Exception {
    IdleClients clients = new IdleClients(Path.of(args[0]));
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      String[] words = order.split(" ", 2);
      clients.open(Integer.parseInt(words[0]), Integer.parseInt(words[1]));
      System.out.println("open");
    }
    System.exit(0);
  }

  private void open(int port, int count) throws InterruptedException {
    Semaphore slots = new Semaphore(AT_ONCE);
    CountDownLatch greeted = new CountDownLatch(count);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Bootstrap bootstrap = new Bootstrap()
        .group(loops)
        .channel(NioSocketChannel.class)
        .handler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
            channel.pipeline().addLast(new Greeting(slots, greeted, failure));
          }
        });
    for (int i = 0; i < count && failure.get() == null; i++) {
      slots.acquire();
      bootstrap.connect(InetAddress.getLoopbackAddress(), port).addListener(connected -> {
        if (!connected.isSuccess()) {
          failure.set(connected.cause());
          slots.release();
        }
      });
    }
    if (failure.get() != null || !greeted.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          greeted.getCount() + " connections were not greeted", failure.get());
    }
  }

  /** Sends our hello, and takes the server's first frame for its. */
  private static final class Greeting extends SimpleChannelInboundHandler<ByteBuf> {
    private final Semaphore slots;
    private final CountDownLatch greeted;
    private final AtomicReference<@Nullable Throwable> failure;
    private boolean done;

    Greeting(
        Semaphore slots, CountDownLatch greeted, AtomicReference<@Nullable Throwable> failure) {
      this.slots = slots;
      this.greeted = greeted;
      this.failure = failure;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.writeAndFlush(Unpooled.wrappedBuffer(HELLO));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frames) {
      if (!done) {
        done = true;
        slots.release();
        greeted.countDown();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failed) {
      failure.set(failed);
      slots.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      failure.compareAndSet(null, new IOException("the server closed a connection"));
      slots.release();
    }
  }
}
