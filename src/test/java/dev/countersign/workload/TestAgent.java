package dev.countersign.workload;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An agent that serves the Workload API on a unix socket, and says what a test wants. */
public final class TestAgent {
  private static final MethodDescriptor<byte[], byte[]> FETCH =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
          .setFullMethodName("SpiffeWorkloadAPI/FetchX509SVID")
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private final Path socket;
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final BlockingQueue<Metadata> asked = new LinkedBlockingQueue<>();
  private final List<ServerCall<byte[], byte[]>> open = new ArrayList<>();
  private @Nullable Server server;
  private byte @Nullable [] answer;
  private @Nullable Status refusal;
  private int refusals;

  /** An agent that does not listen yet. */
  public TestAgent(Path socket) {
    this.socket = socket;
  }

  /** Its address, as a flag takes it. */
  public String address() {
    return "unix:" + socket;
  }

  /** Its address. */
  public AgentSocket socket() {
    return AgentSocket.parse(address());
  }

  /** Listens. */
  public TestAgent start() throws IOException {
    Files.deleteIfExists(socket);
    server = NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
        .channelType(NioServerDomainSocketChannel.class)
        .bossEventLoopGroup(loop)
        .workerEventLoopGroup(loop)
        // As for clients: gRPC sets it, and Netty warns.
        .withChildOption(ChannelOption.SO_KEEPALIVE, null)
        .directExecutor()
        .addService(ServerServiceDefinition.builder("SpiffeWorkloadAPI")
            .addMethod(FETCH, this::ask)
            .build())
        .build()
        .start();
    return this;
  }

  /** What was asked, when it was: returns the headers of the next request. */
  public @Nullable Metadata nextRequest() throws InterruptedException {
    return asked.poll(1, TimeUnit.MINUTES);
  }

  /** Answers, those who ask now and those who will. */
  public synchronized TestAgent say(Answer next) {
    return sayRaw(next.bytes());
  }

  /** Answers with bytes of any kind. */
  public synchronized TestAgent sayRaw(byte[] next) {
    answer = next;
    refusals = 0;
    open.forEach(call -> call.sendMessage(next));
    return this;
  }

  /** Ends every stream, those that are open and those to come. */
  public synchronized TestAgent refuse(Status status) {
    endAll(status);
    return refuseNext(Integer.MAX_VALUE, status);
  }

  /** Ends so many streams to come, and answers those after them. */
  public synchronized TestAgent refuseNext(int times, Status status) {
    refusal = status;
    refusals = times;
    return this;
  }

  /** Ends the open streams as if all were well. */
  public synchronized void endStreams() {
    endAll(Status.OK);
  }

  private void endAll(Status status) {
    open.forEach(call -> call.close(status, new Metadata()));
    open.clear();
  }

  private synchronized ServerCall.Listener<byte[]> ask(
      ServerCall<byte[], byte[]> call, Metadata headers) {
    asked.add(headers);
    call.request(1);
    call.sendHeaders(new Metadata());
    if (refusal != null && refusals > 0) {
      refusals--;
      call.close(refusal, new Metadata());
    } else {
      open.add(call);
      if (answer != null) {
        call.sendMessage(answer);
      }
    }
    return new ServerCall.Listener<>() {
      @Override
      public void onCancel() {
        forget(call);
      }
    };
  }

  private synchronized void forget(ServerCall<byte[], byte[]> call) {
    open.remove(call);
  }

  /** Goes away, as if it were killed. */
  public void stop() throws Exception {
    if (server != null) {
      server.shutdownNow().awaitTermination();
    }
    Files.deleteIfExists(socket);
    synchronized (this) {
      open.clear();
    }
  }

  /** Goes away, with its threads. */
  public void end() throws Exception {
    stop();
    loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS).sync();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    /** A request has no fields. */
    @Override
    public byte[] parse(InputStream stream) {
      return new byte[0];
    }
  }
}
