package dev.countersign.server;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A service of open streams, each known by the first text that its client sends; it echoes and hears of the end. */
final class Streams implements BindableService {
  private final Map<String, Served> served = new ConcurrentHashMap<>();

  /** The server's end of the stream that a client opened under this name. */
  Served served(String name) {
    return served.computeIfAbsent(name, key -> new Served());
  }

  static MethodDescriptor<String, String> method(String name) {
    return MethodDescriptor.newBuilder(Text.ONLY, Text.ONLY)
        .setType(MethodType.BIDI_STREAMING)
        .setFullMethodName("lab.Streams/" + name)
        .build();
  }

  /** Opens a stream and waits until it was echoed its name. */
  static Opened open(Channel channel, String method, String name) throws Exception {
    return open(channel, method, name, new Metadata());
  }

  static Opened open(Channel channel, String method, String name, Metadata headers)
      throws Exception {
    Opened opened = begin(channel, method, headers);
    opened.send(name);
    opened.expect(name);
    return opened;
  }

  /** Opens a stream that may be refused. */
  static Opened begin(Channel channel, String method, Metadata headers) {
    return new Opened(channel.newCall(method(method), CallOptions.DEFAULT), headers);
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder("lab.Streams")
        .addMethod(method("Open"), ServerCalls.asyncBidiStreamingCall(this::accept))
        .addMethod(method("Other"), ServerCalls.asyncBidiStreamingCall(this::accept))
        .build();
  }

  private StreamObserver<String> accept(StreamObserver<String> responses) {
    ServerCallStreamObserver<String> stream = (ServerCallStreamObserver<String>) responses;
    CompletableFuture<String> end = new CompletableFuture<>();
    stream.setOnCancelHandler(() -> end.complete("cancelled"));
    stream.setOnCloseHandler(() -> end.complete("closed"));
    return new StreamObserver<>() {
      private boolean named;

      @Override
      public void onNext(String text) {
        stream.onNext(text);
        if (!named) {
          named = true;
          // From here on others may write as well.
          served(text).opened(stream, end);
        }
      }

      @Override
      public void onError(Throwable failure) {}

      @Override
      public void onCompleted() {
        stream.onCompleted();
      }
    };
  }

  /** The server's end of a stream. */
  static final class Served {
    private final CompletableFuture<ServerCallStreamObserver<String>> stream =
        new CompletableFuture<>();
    private final CompletableFuture<String> end = new CompletableFuture<>();

    private void opened(ServerCallStreamObserver<String> opened, CompletableFuture<String> ended) {
      stream.complete(opened);
      ended.thenAccept(end::complete);
    }

    /** What the handler writes to. */
    ServerCallStreamObserver<String> stream() throws Exception {
      return stream.get(10, TimeUnit.SECONDS);
    }

    /** How the handler heard of the end: {@code cancelled} or {@code closed}. */
    String end() throws Exception {
      return end.get(10, TimeUnit.SECONDS);
    }

    boolean hasEnded() {
      return end.isDone();
    }
  }

  /** The client's end of a stream. */
  static final class Opened extends ClientCall.Listener<String> {
    private final ClientCall<String, String> call;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> status = new CompletableFuture<>();

    private Opened(ClientCall<String, String> call, Metadata headers) {
      this.call = call;
      call.start(this, headers);
      call.request(Integer.MAX_VALUE);
    }

    void send(String text) {
      call.sendMessage(text);
    }

    /** Waits for the next message, which must be this. */
    void expect(String text) throws Exception {
      String next = received.poll(10, TimeUnit.SECONDS);
      if (!text.equals(next)) {
        throw new AssertionError("received " + next + " instead of " + text + ", status " + status);
      }
    }

    /** Shows that the stream is open: text goes to and fro. */
    void echo(String text) throws Exception {
      send(text);
      expect(text);
    }

    /** How it ended. */
    Status status() throws Exception {
      return status.get(10, TimeUnit.SECONDS);
    }

    boolean isOpen() {
      return !status.isDone();
    }

    void cancel() {
      call.cancel("no longer needed", null);
    }

    @Override
    public void onMessage(String message) {
      received.add(message);
    }

    @Override
    public void onClose(Status result, Metadata trailers) {
      status.complete(result);
    }
  }

  private enum Text implements MethodDescriptor.Marshaller<String> {
    ONLY;

    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      return new Scanner(stream, StandardCharsets.UTF_8)
          .useDelimiter("\\A")
          .tokens()
          .findFirst()
          .orElse("");
    }
  }
}
