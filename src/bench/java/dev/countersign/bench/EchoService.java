package dev.countersign.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code bench.Echo}: gives back what it gets, once or message by message for as long as the caller likes. */
public final class EchoService implements BindableService {
  /** One message, one answer. */
  public static final MethodDescriptor<BytesValue, BytesValue> UNARY =
      method("Unary", MethodType.UNARY);

  /** An answer to each message. */
  public static final MethodDescriptor<BytesValue, BytesValue> STREAM =
      method("Stream", MethodType.BIDI_STREAMING);

  /** {@value #COPIES} copies of a message. */
  public static final MethodDescriptor<BytesValue, BytesValue> COPY =
      method("Copy", MethodType.SERVER_STREAMING);

  /** How many copies {@link #COPY} sends. */
  public static final int COPIES = 256;

  private static MethodDescriptor<BytesValue, BytesValue> method(String name, MethodType type) {
    return MethodDescriptor.<BytesValue, BytesValue>newBuilder()
        .setType(type)
        .setFullMethodName("bench.Echo/" + name)
        .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
        .build();
  }

  /** A message of so many bytes. */
  public static BytesValue bytes(int count) {
    return BytesValue.of(ByteString.copyFrom(new byte[count]));
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder("bench.Echo")
        .addMethod(UNARY, ServerCalls.asyncUnaryCall((request, responses) -> {
          responses.onNext(request);
          responses.onCompleted();
        }))
        .addMethod(COPY, ServerCalls.asyncServerStreamingCall(EchoService::copy))
        .addMethod(STREAM, ServerCalls.asyncBidiStreamingCall(Back::new))
        .build();
  }

  /** Sends whenever the connection takes more, so that nothing piles up. */
  private static void copy(BytesValue message, StreamObserver<BytesValue> responses) {
    var flow = (ServerCallStreamObserver<BytesValue>) responses;
    AtomicInteger left = new AtomicInteger(COPIES);
    flow.setOnReadyHandler(() -> {
      while (left.get() > 0 && flow.isReady()) {
        flow.onNext(message);
        if (left.decrementAndGet() == 0) {
          flow.onCompleted();
        }
      }
    });
  }

  /** Sends back each message of a stream, and ends with it. */
  private record Back(StreamObserver<BytesValue> responses) implements StreamObserver<BytesValue> {
    @Override
    public void onNext(BytesValue message) {
      responses.onNext(message);
    }

    @Override
    public void onError(Throwable cancelled) {}

    @Override
    public void onCompleted() {
      responses.onCompleted();
    }
  }
}
