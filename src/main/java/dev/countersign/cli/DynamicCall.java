package dev.countersign.cli;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One RPC of a method that is known only by its descriptor. Requests are sent as they come, no faster than the server
 * takes them; the next response is asked for when the last one has been handled. Requests come from one thread.
 */
final class DynamicCall {

  /** Takes one response, on a thread of the channel; false if nobody wants more. */
  @FunctionalInterface
  interface Responses {
    boolean accept(DynamicMessage response);
  }

  private final ClientCall<DynamicMessage, DynamicMessage> call;
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private final Object readiness = new Object();

  /** Whether there may be several requests; a call that takes one is never told that it is ready. */
  private final boolean takesTurns;

  private DynamicCall(ClientCall<DynamicMessage, DynamicMessage> call, boolean takesTurns) {
    this.call = call;
    this.takesTurns = takesTurns;
  }

  static DynamicCall start(
      Channel channel,
      MethodDescriptor method,
      CallOptions options,
      Metadata headers,
      Responses responses) {
    DynamicCall started =
        new DynamicCall(channel.newCall(typed(method), options), method.isClientStreaming());
    started.call.start(started.new Listener(responses), headers);
    // Two, because a unary call is over only when it is clear that there is no second response.
    started.call.request(method.isServerStreaming() ? 1 : 2);
    return started;
  }

  private static io.grpc.MethodDescriptor<DynamicMessage, DynamicMessage> typed(
      MethodDescriptor method) {
    return io.grpc.MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
        .setType(type(method))
        .setFullMethodName(method.getService().getFullName() + "/" + method.getName())
        .setRequestMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
        .setResponseMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType())))
        .build();
  }

  private static MethodType type(MethodDescriptor method) {
    if (method.isClientStreaming()) {
      return method.isServerStreaming() ? MethodType.BIDI_STREAMING : MethodType.CLIENT_STREAMING;
    }
    return method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY;
  }

  /** Sends one request once the server has room for it; false if the call is over. */
  boolean send(DynamicMessage request) throws InterruptedException {
    synchronized (readiness) {
      while (takesTurns && !call.isReady() && !end.isDone()) {
        readiness.wait();
      }
    }
    if (end.isDone()) {
      return false;
    }
    call.sendMessage(request);
    return true;
  }

  /** Says that there are no more requests. */
  void finish() {
    if (!end.isDone()) {
      call.halfClose();
    }
  }

  void cancel(String why, @Nullable Throwable cause) {
    call.cancel(why, cause);
  }

  boolean isOver() {
    return end.isDone();
  }

  /** How the call ended; waits for it. */
  Status await() throws InterruptedException {
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Listener extends ClientCall.Listener<DynamicMessage> {
    private final Responses responses;

    Listener(Responses responses) {
      this.responses = responses;
    }

    @Override
    public void onMessage(DynamicMessage response) {
      if (responses.accept(response)) {
        call.request(1);
      } else {
        call.cancel("nobody reads the responses any more", null);
      }
    }

    @Override
    public void onReady() {
      wakeSender();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(status);
      wakeSender();
    }

    private void wakeSender() {
      synchronized (readiness) {
        readiness.notifyAll();
      }
    }
  }
}
