package dev.countersign.server;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** One of several servers of a name; to its clients it can be lost as by SIGKILL, its connections reset and its port closed. */
final class Replica implements BindableService, AutoCloseable {
  static final MethodDescriptor<String, String> READ = TextService.method("lab.Replica/Read");
  static final MethodDescriptor<String, String> WRITE = TextService.method("lab.Replica/Write");
  static final MethodDescriptor<String, String> LIST =
      TextService.method("lab.Replica/List").toBuilder()
          .setType(MethodType.SERVER_STREAMING)
          .build();

  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger sent = new AtomicInteger();
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> clients = new CopyOnWriteArrayList<>();
  private volatile Consumer<StreamObserver<String>> handler = this::answer;

  Replica(Lab lab) throws Exception {
    int port = Lab.port(lab.start(lab.server(TextService.POLICY).service(this)));
    threads.submit(() -> carryAll(port));
  }

  /** Where clients find it. */
  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** How many calls have come to a handler. */
  int arrived() {
    return arrived.get();
  }

  /** How many messages it has sent. */
  int sent() {
    return sent.get();
  }

  /** From now on calls come in and are not answered. */
  void holdCalls() {
    handler = responses -> {};
  }

  /** From now on each answer stops after its first message. */
  void beginAnswers() {
    handler = this::send;
  }

  /** From now on calls fail with this. */
  void failWith(Status status) {
    handler = responses -> responses.onError(status.asRuntimeException());
  }

  /** Resets every connection and takes no more. */
  void lose() throws IOException {
    listener.close();
    for (Socket client : clients) {
      client.close();
    }
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder("lab.Replica")
        .addMethod(READ, ServerCalls.asyncUnaryCall((request, responses) -> handle(responses)))
        .addMethod(WRITE, ServerCalls.asyncUnaryCall((request, responses) -> handle(responses)))
        .addMethod(
            LIST, ServerCalls.asyncServerStreamingCall((request, responses) -> handle(responses)))
        .build();
  }

  private void handle(StreamObserver<String> responses) {
    arrived.incrementAndGet();
    handler.accept(responses);
  }

  private void send(StreamObserver<String> responses) {
    responses.onNext("message");
    sent.incrementAndGet();
  }

  private void answer(StreamObserver<String> responses) {
    send(responses);
    responses.onCompleted();
  }

  private Void carryAll(int port) throws IOException {
    while (true) {
      Socket client = listener.accept();
      // Closing it is a reset then.
      client.setSoLinger(true, 0);
      clients.add(client);
      Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
      threads.submit(() -> carry(client, server));
      threads.submit(() -> carry(server, client));
    }
  }

  private static Void carry(Socket from, Socket to) throws IOException {
    try (from;
        to;
        InputStream in = from.getInputStream()) {
      in.transferTo(to.getOutputStream());
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    lose();
    threads.shutdownNow();
  }
}
